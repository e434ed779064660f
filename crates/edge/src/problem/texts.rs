//! What people read: every code in both languages, title and next step.

use super::refusals::refusal;
use super::{Language, ProblemCode};

/// What a code says to people in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What is wrong, one sentence.
    pub title: &'static str,
    /// What to do next.
    pub next: &'static str,
}

/// What a code says in both languages: title, then next step.
pub(super) struct Both {
    pub(super) chinese: Texts,
    pub(super) english: Texts,
}

/// A table of texts: a code, then title and next step in Chinese, then both in English.
macro_rules! texts {
    (
        $vis:vis fn $name:ident($code:ident: $type:ident);
        $($variant:ident: $title_zh:literal $next_zh:literal $title_en:literal $next_en:literal;)*
        $(@ $other:pat => $elsewhere:expr;)?
    ) => {
        $vis const fn $name($code: $type) -> Both {
            use crate::problem::texts::Texts;
            match $code {
                $($type::$variant => Both {
                    chinese: Texts { title: $title_zh, next: $next_zh },
                    english: Texts { title: $title_en, next: $next_en },
                },)*
                $($other => $elsewhere,)?
            }
        }
    };
}

pub(super) use texts;

impl ProblemCode {
    /// What it says to people.
    #[must_use]
    pub const fn texts(self, language: Language) -> Texts {
        let both = texts_of(self);
        match language {
            Language::Chinese => both.chinese,
            Language::English => both.english,
        }
    }
}

texts! {
    fn texts_of(code: ProblemCode);
    Malformed:
        "请求内容无法读取。" "请按文档发送 JSON 或紧凑格式的 JWS。"
        "The request cannot be read." "Send JSON, or a JWS in compact serialization, as the documents describe.";
    Schema:
        "请求内容的结构不符合要求。" "请按所列位置改正后再次提交；已签名的交易须重新签名。"
        "The request does not have the shape that it must have." "Correct the places named and send again; what was signed has to be signed anew.";
    TooLarge:
        "请求内容过大。" "请缩小内容：单笔不超过 64 KiB。"
        "The request is too large." "Send less: a transition is at most 64 KiB.";
    MediaType:
        "不支持该内容类型。" "请使用 application/json 或 application/jose。"
        "This media type is not taken here." "Use application/json or application/jose.";
    WrongChain:
        "该交易是为另一条链签名的。" "请用本链的链号重新签名。"
        "The transition is signed for another chain." "Sign it again with this chain's id.";
    Stale:
        "签名时间与当前时间相差过大。" "请校准时钟，用新的随机数和当前时间重新签名。"
        "The time of signing is too far from now." "Set your clock and sign again with a new nonce and the present time.";
    UnknownParty:
        "此处尚不知道该主体。" "请先登记；若刚刚登记，请稍后原样重发。"
        "This party is not known here yet." "Register it first; if it was registered just now, send the same again shortly.";
    UnknownKey:
        "此处尚不知道该主体的这个密钥。" "请核对 kid；若密钥刚刚添加，请稍后原样重发。"
        "This key of the party is not known here yet." "Check the kid; if the key was added just now, send the same again shortly.";
    BadSignature:
        "签名与收到的内容不符。" "请将 signing_input_sha256 与您签名的字节的摘要比对。"
        "The signature is not the key's over the bytes received." "Compare signing_input_sha256 with the digest of the bytes that you signed.";
    SealedMismatch:
        "密封数据与 sealed_digest 不符。" "请将 canonical 与您计算摘要时的规范化字节比对。"
        "The sealed data is not what sealed_digest says." "Compare canonical with the canonical bytes that you hashed.";
    SealedMissing:
        "缺少密封数据，或密封数据没有对应的 sealed_digest。" "两者必须同时提交。"
        "Sealed data is missing, or is not named by a sealed_digest." "Send both together or neither.";
    Unauthorized:
        "读取令牌缺失或无效。" "请用已登记且有效的密钥签发不超过五分钟的读取令牌。"
        "The read token is missing or opens nothing." "Sign a read token of at most five minutes with a registered live key.";
    Forbidden:
        "您的身份不能进行此操作。" "请由有权的一方进行：接口说明（/docs）写明由谁进行。"
        "Your role may not do this." "Let a party do it that may: the operation's description (/docs) says who.";
    NotFound:
        "没有找到。" "请核对地址；没有查看权限的内容同样显示为不存在。"
        "There is nothing here." "Check the address; what you may not see looks the same as what is not there.";
    MethodNotAllowed:
        "此地址不支持该方法。" "请使用 Allow 列出的方法。"
        "This address does not take that method." "Use one that Allow names.";
    SlowBody:
        "请求内容到达过慢。" "请检查网络后重发。"
        "The body came too slowly." "Check the network and send again.";
    RateLimited:
        "请求过于频繁。" "请在 Retry-After 之后重试。"
        "Too many requests." "Come again after Retry-After.";
    Overloaded:
        "系统繁忙，未受理。" "请在 Retry-After 之后原样重发同一笔交易；重发是安全的。"
        "Too busy; nothing was recorded." "Send the very same transition again after Retry-After; sending it twice is safe.";
    Behind:
        "数据尚未更新到所要求的高度。" "请在 Retry-After 之后重试。"
        "This service has not reached the height asked for." "Come again after Retry-After.";
    Unavailable:
        "服务暂时不可用。" "请稍后原样重发；若已受理，会得到同一回执。"
        "The service is away for the moment." "Send the same again shortly; if it was taken, the same receipt comes back.";
    Internal:
        "服务内部出错。" "请将 trace_id 告知运维人员。"
        "A mistake of ours." "Tell the operator the trace_id.";
    @ ProblemCode::Refused(code) => refusal(code);
}

#[cfg(test)]
mod tests {
    use piao_domain::rejection::Code;

    use super::*;

    #[test]
    fn no_code_is_without_texts_in_both_languages() {
        let refused = Code::ALL.iter().map(|code| ProblemCode::Refused(*code));
        let mut seen = std::collections::BTreeSet::new();
        for code in ProblemCode::EDGE.iter().copied().chain(refused) {
            let (chinese, english) = (code.texts(Language::Chinese), code.texts(Language::English));
            for text in [chinese.title, chinese.next] {
                assert!(text.ends_with('。') && !text.is_ascii(), "{}: {text}", code.as_str());
            }
            for text in [english.title, english.next] {
                assert!(text.ends_with('.') && text.is_ascii(), "{}: {text}", code.as_str());
            }
            assert!(seen.insert(english.title), "{}: its title is another's", code.as_str());
            assert!(seen.insert(chinese.title), "{}: its title is another's", code.as_str());
        }
    }
}
