//! Writes `docs/errors.md` and its Chinese twin out of the texts that the product shows, and of who meets a code and why.

mod edge_codes;
mod refusals;

use piao_domain::rejection::{Code, Reach};
use piao_edge::problem::{Language, ProblemCode, Reason};

/// A code, who meets it, then why in English and in Chinese.
pub(crate) type Row<T> = (T, &'static str, &'static str, &'static str);

/// Where the two documents are.
pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// Both documents by their file's name.
pub(crate) fn documents() -> [(&'static str, String); 2] {
    [("errors.md", document(Language::English)), ("errors.zh.md", document(Language::Chinese))]
}

/// What the frame of a document says in a language.
struct Frame {
    intro: &'static str,
    refused: &'static str,
    edge: &'static str,
    later: &'static str,
    reasons: [&'static str; 3],
    head: &'static str,
    head_later: &'static str,
    head_reasons: &'static str,
    retryable: &'static str,
}

const ENGLISH: Frame = Frame {
    intro: "# Errors\n\n**English** · [中文](errors.zh.md)\n\nEvery answer that is not what was asked for is a problem \
            document (RFC 9457, `application/problem+json`). Programs branch on `code`; `title` and `detail` are for \
            people, in Chinese unless `Accept-Language` prefers English; `errors[]` says where (`pointer`), what is wrong \
            there (`code`, a name of the tables below; `detail`, the same for people, with what to do next) and, where \
            these are values, what would pass (`expected`) and what was there (`actual`); `retryable` says whether the very same request may do \
            better later; `trace_id` names the request in our logs.\n\nThere are three kinds of no, and none ever turns \
            into another:\n\n| kind | HTTP | on the record | what to do |\n|---|---|---|---|\n| refused | 409 | always, \
            with a receipt | it is final for this transition; sign another one |\n| malformed | 400 to 422 | never | \
            mend it and sign again; where `retryable` says so (a party or key that is not known yet, a body that came too \
            slowly), first send the very same again |\n| not now, or a fault | 429, 500, 503 | never | send the very same transition \
            again after `Retry-After`; twice is the same as once |\n\nThis page is generated from the texts of the \
            product (`cargo run --release -p piao-edge --example errors`) and a test compares it.\n",
    refused: "## Refused by the ledger, on the record: 409\n\nIn the order in which they are checked within an area. `*` \
              stands for every type of transition.\n",
    edge: "## Answered at the edge, never on the record\n",
    later: "## Reserved\n\nTransitions that do not exist yet will meet these; nothing meets them today.\n",
    reasons: [
        "## What is wrong at a place: `errors[].code`\n\nA refusal's receipt carries the name as `check`, never a \
         sentence: it is hashed, and sentences may be mended. `expected` is a value in the notation of what was sent \
         (amounts in fen): `106`; `1..` from, `..9` up to, `1..9` from and to, all included; `a|b` one of these; \
         `^…$` a regular expression. Where the check is a limit of a rule set, its name begins with the limit's.\n\n\
         ### Checks of the ledger\n",
        "### Not the JSON that was expected\n",
        "### Found by an edge\n",
    ],
    head: "| code | met by | what is wrong, and why | what next |\n|---|---|---|---|\n",
    head_later: "| code | what is wrong | what next |\n|---|---|---|\n",
    head_reasons: "| name | what it says |\n|---|---|\n",
    retryable: "retryable",
};

const CHINESE: Frame = Frame {
    intro: "# 错误代码\n\n[English](errors.md) · **中文**\n\n凡不是所求结果的应答，都是问题文档（RFC 9457，\
            `application/problem+json`）。程序按 `code` 判断；`title` 和 `detail` 给人看，默认中文，`Accept-Language` \
            偏好英文时为英文；`errors[]` 指明位置（`pointer`）、那里错在哪里（`code`，见下面各表中的名称；`detail` 是给人看\
            的同一内容和下一步），以及要求（`expected`）和实际（`actual`）的值（有值时）；`retryable` 表示同一请求稍后是否可能成功；`trace_id` 是该请求在日志中的编号。\n\n有三种“不”，互不转化：\n\n| 种类 | \
            HTTP | 是否上链 | 怎么办 |\n|---|---|---|---|\n| 拒绝 | 409 | 总是，附回执 | 对该交易是终局的；请另签一笔 \
            |\n| 格式错误 | 400 至 422 | 从不 | 改正后重新签名；\
            `retryable` 为真时（主体或密钥尚不知道、正文到达过慢），先原样重发 |\n| 暂时不行或故障 | 429、500、503 | 从不 | 在 \
            `Retry-After` 之后原样重发；两次等于一次 |\n\n本页由产品中的文字生成（`cargo run --release -p piao-edge \
            --example errors`），并由测试比对。\n",
    refused: "## 账本拒绝，已上链：409\n\n每一类按检查的先后排列。`*` 表示所有交易类型。\n",
    edge: "## 接入处应答，从不上链\n",
    later: "## 保留\n\n留给尚不存在的交易类型，目前不会出现。\n",
    reasons: [
        "## 某处错在哪里：`errors[].code`\n\n拒绝的回执以 `check` 记录名称，从不记录句子：回执要计入摘要，而句子可以修改。\
         `expected` 是与所提交内容写法相同的值（金额以分为单位）：`106`；`1..` 及以上，`..9` 不超过，`1..9` 两端都含；\
         `a|b` 其中之一；`^…$` 正则表达式。检查是规则集的限制时，名称以该限制的名称开头。\n\n### 账本的检查\n",
        "### 不是所需的 JSON\n",
        "### 接入处的发现\n",
    ],
    head: "| 代码 | 何时出现 | 错在哪里，为什么 | 怎么办 |\n|---|---|---|---|\n",
    head_later: "| 代码 | 错在哪里 | 怎么办 |\n|---|---|---|\n",
    head_reasons: "| 名称 | 说明 |\n|---|---|\n",
    retryable: "可重试",
};

fn document(language: Language) -> String {
    let frame = match language {
        Language::English => ENGLISH,
        Language::Chinese => CHINESE,
    };
    let mut text = format!("{}\n{}\n{}", frame.intro, frame.refused, frame.head);
    for code in Code::ALL.iter().filter(|code| code.reach() == Reach::Spine) {
        let row = refusals::ROWS.iter().find(|row| row.0 == *code);
        let (_, by, english, chinese) = row.unwrap_or_else(|| panic!("{code}: who meets it, and why?"));
        text.push_str(&line(ProblemCode::Refused(*code), language, "", by, [english, chinese]));
    }
    text.push_str(&format!("\n{}\n{}", frame.edge, frame.head));
    for code in ProblemCode::EDGE {
        let row = edge_codes::ROWS.iter().find(|row| row.0 == *code);
        let (_, by, english, chinese) = row.unwrap_or_else(|| panic!("{}: who, and why?", code.as_str()));
        let retryable = if code.retryable() { format!(", {}", frame.retryable) } else { String::new() };
        let status = format!(" {}{retryable}", code.status().as_u16());
        text.push_str(&line(*code, language, &status, by, [english, chinese]));
    }
    for (kind, title) in frame.reasons.iter().enumerate() {
        text.push_str(&format!("\n{title}\n{}", frame.head_reasons));
        for reason in Reason::all().filter(|reason| kind_of(*reason) == kind) {
            // A bar would end the table's cell.
            let says = reason.show(language).replace('|', "\\|");
            text.push_str(&format!("| `{}` | {says} |\n", reason.as_str()));
        }
    }
    text.push_str(&format!("\n{}\n{}", frame.later, frame.head_later));
    for code in Code::ALL.iter().filter(|code| code.reach() == Reach::Later) {
        let texts = ProblemCode::Refused(*code).texts(language);
        text.push_str(&format!("| `{code}` | {} | {} |\n", texts.title, texts.next));
    }
    text
}

/// In which table a reason stands.
const fn kind_of(reason: Reason) -> usize {
    match reason {
        Reason::Check(_) => 0,
        Reason::Flaw(_) => 1,
        Reason::Wrong(_) => 2,
    }
}

fn line(code: ProblemCode, language: Language, status: &str, by: &str, why: [&str; 2]) -> String {
    let texts = code.texts(language);
    let (space, why) = match language {
        Language::English => (" ", why[0]),
        Language::Chinese => ("", why[1]),
    };
    format!("| `{}`{status} | {by} | {}{space}{why} | {} |\n", code.as_str(), texts.title, texts.next)
}

/// Rows about codes that are not of the list that they are for.
pub(crate) fn rows_too_many() -> Vec<&'static str> {
    let later = refusals::ROWS.iter().map(|row| row.0).filter(|code| code.reach() == Reach::Later);
    let mut seen = std::collections::BTreeSet::new();
    let all = refusals::ROWS.iter().map(|row| row.0.as_str());
    let all = all.chain(edge_codes::ROWS.iter().map(|row| row.0.as_str()));
    let twice = all.filter(move |code| !seen.insert(*code));
    later.map(|code| code.as_str()).chain(twice).collect()
}
