use piao_edge::problem::ProblemCode;

use super::Row;

const WRITE: &str = "POST";
const READ: &str = "GET, `:check`, `:prepare`";
const ALL: &str = "POST, GET";

/// Who meets a code that never stands on the record, and why.
pub(super) const ROWS: &[Row<ProblemCode>] = &[
    (
        ProblemCode::Malformed,
        WRITE,
        "The body is neither JSON nor a compact JWS, or its JSON holds a duplicate member, a float or a number beyond \
         2^53.",
        "请求体不是 JSON 或紧凑格式的 JWS，或含有重复成员、浮点数、超过 2^53 的整数。",
    ),
    (
        ProblemCode::Schema,
        ALL,
        "A member is missing, unknown, of another type or not of its form; or the URL names something else than what \
         is signed; or a parameter is wrong. `errors` says where and what would pass.",
        "成员缺失、多余、类型或格式不对，或网址与所签内容不一致，或参数有误。`errors` 指明位置和要求。",
    ),
    (
        ProblemCode::TooLarge,
        WRITE,
        "A transition has at most 64 KiB, an HTTP body 96 KiB.",
        "一笔交易最多 64 KiB，HTTP 正文最多 96 KiB。",
    ),
    (
        ProblemCode::MediaType,
        WRITE,
        "`Content-Type` says neither `application/json` nor `application/jose`.",
        "`Content-Type` 既不是 `application/json` 也不是 `application/jose`。",
    ),
    (
        ProblemCode::WrongChain,
        WRITE,
        "A signature holds for one chain alone, so that nothing tried out on a test chain counts on another.",
        "签名只对一条链有效，测试链上的签名在别处无效。",
    ),
    (
        ProblemCode::Stale,
        WRITE,
        "`iat` must be within the chain's window (600 s) of now. A transition that was decided already is answered \
         with its receipt however old it is.",
        "`iat` 与当前时间之差须在本链允许范围（600 秒）内。已裁决的交易无论多久都返回其回执。",
    ),
    (
        ProblemCode::UnknownParty,
        WRITE,
        "The service has waited 2 s for the party to appear; its read model may lag.",
        "服务已等待 2 秒仍未见该主体；读模型可能稍有延迟。",
    ),
    (
        ProblemCode::UnknownKey,
        WRITE,
        "The `kid` is no key of the party, or one that has just been added.",
        "`kid` 不是该主体的密钥，或刚刚添加。",
    ),
    (
        ProblemCode::BadSignature,
        WRITE,
        "What arrived is not what was signed, or `alg` is not the one that the key was registered with.",
        "收到的内容与签名不符，或 `alg` 与密钥登记的不同。",
    ),
    (
        ProblemCode::SealedMismatch,
        WRITE,
        "The digest is over salt and canonical JSON (RFC 8785). `canonical`, `digest` and `first_difference` show ours.",
        "摘要按盐值和规范化 JSON（RFC 8785）计算；`canonical`、`digest`、`first_difference` 是我们的结果。",
    ),
    (
        ProblemCode::SealedMissing,
        WRITE,
        "A `sealed_digest` travels with its sealed data, and the other way round.",
        "`sealed_digest` 与密封数据必须同时出现。",
    ),
    (
        ProblemCode::Unauthorized,
        READ,
        "Reads need a token: a JWT that the caller signs with its own registered live key, for this chain, for at most \
         five minutes.",
        "读取需要令牌：由调用方用自己已登记且有效的密钥为本链签发，有效期不超过五分钟的 JWT。",
    ),
    (
        ProblemCode::Forbidden,
        READ,
        "The list or question is for other kinds of party.",
        "该列表或查询只供其他身份使用。",
    ),
    (
        ProblemCode::NotFound,
        ALL,
        "It is not there, or not the caller's to know of; both look the same.",
        "不存在，或调用方无权知道；两者显示相同。",
    ),
    (ProblemCode::MethodNotAllowed, ALL, "The address is served by another method.", "该地址使用其他方法。"),
    (ProblemCode::SlowBody, WRITE, "A body has 10 s to come in.", "正文须在 10 秒内到达。"),
    (
        ProblemCode::RateLimited,
        ALL,
        "A party read or submitted more than its share, or an address sent too much that could not be attributed, \
         enrolled too many persons, has persons who submitted too much together, or has too much in flight. Nothing was \
         recorded.",
        "某主体的读取或提交超过份额，或某地址发送了过多无法归属的请求、加入了过多个人、其个人合计提交过多或在途请求过多。未作任何记录。",
    ),
    (
        ProblemCode::Overloaded,
        ALL,
        "Too many requests are in flight, or too many transitions wait for the ledger. Nothing was recorded.",
        "在途请求过多，或等待账本裁决的交易过多。未作任何记录。",
    ),
    (
        ProblemCode::Behind,
        READ,
        "The service waited 5 s for the height in `Piao-Min-Height`, or no checkpoint covers the transition yet.",
        "服务等待 `Piao-Min-Height` 所指高度已达 5 秒，或尚无检查点覆盖该交易。",
    ),
    (
        ProblemCode::Unavailable,
        ALL,
        "The database or something else that we need does not answer. What was journalled is decided all the same.",
        "数据库或其他依赖未响应。已写入流水的交易仍会被裁决。",
    ),
    (
        ProblemCode::Internal,
        ALL,
        "A fault that will not pass by itself. It is logged with the `trace_id`.",
        "不会自行恢复的故障，已按 `trace_id` 记入日志。",
    ),
];
