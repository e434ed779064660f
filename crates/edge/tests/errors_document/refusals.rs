use piao_domain::rejection::Code;

use super::Row;

const EVERY: &str = "`*`";
const INVOICE: &str = "`invoice.issue`";
const TAKE: &str = "`claim.take`";
const LOCK: &str = "`reimbursement.lock`";
const USE_LOCK: &str = "`reimbursement.renew` `reimbursement.release` `reimbursement.settle`";

/// Who meets a refusal of the main job, and why: a code, the types that meet it, then why in English and Chinese.
pub(super) const ROWS: &[Row<Code>] = &[
    (
        Code::TransitionExpired,
        EVERY,
        "An edge took it in time, and when the ledger came to it block time was further from `iat` than the \
             chain allows (600 s).",
        "接入时尚未过期，但账本处理时，区块时间与 `iat` 之差已超过本链的允许范围（600 秒）。",
    ),
    (
        Code::KeyRevoked,
        EVERY,
        "Whoever stole a key must not act with it. `key.revoke` of what is no live key meets it, too.",
        "密钥可能失窃，撤销后不得再用。`key.revoke` 撤销并非有效的密钥时也会得到此代码。",
    ),
    (
        Code::PartySuspended,
        "`*` ≠ `reimbursement.release` `booking.unbook` `key.revoke`",
        "While suspended a party can only give up what it holds.",
        "暂停期间只能放弃已持有的，不能取得新的。",
    ),
    (
        Code::RoleForbidden,
        EVERY,
        "Each type is for certain kinds of party: a person locks nothing, an enterprise deploys no rules. A \
             bureau or node cannot be suspended.",
        "每种交易只有特定身份可以签署：个人不能锁定，企业不能部署规则；税务局和节点不能被暂停。",
    ),
    (Code::PartyExists, "`party.register` `party.enroll`", "A party joins once.", "每个主体只登记一次。"),
    (
        Code::PartyUnknown,
        "`party.suspend` `party.reinstate` `key.reset` `claim.present` `reimbursement.force_release`",
        "The body names a party that nobody registered.",
        "请求体所指的主体无人登记过。",
    ),
    (
        Code::KeyExists,
        "`key.add` `key.reset`",
        "A party has each key once, and what was revoked never comes back. Another party may have the same key: \
             a public key proves nothing, and whoever saw it must not keep its owner from it.",
        "一个主体对每个密钥只登记一次，撤销后不能恢复。其他主体可以登记相同的公钥：公钥本身不证明任何事，\
             见过它的人不能因此妨碍其真正的所有者。",
    ),
    (
        Code::KeyFull,
        "`key.add`",
        "What is signed for must stay small enough to look through; revoked keys do not count.",
        "有效密钥须少到可以逐一核对；已撤销的不计入。",
    ),
    (
        Code::KeyLast,
        "`key.revoke`",
        "Without a key the party could never sign again.",
        "否则该主体再也无法签署。",
    ),
    (
        Code::RulesInvalid,
        "`rules.deploy` `rules.activate`",
        "A rule set that could not be applied would stop everybody whom it covers.",
        "无法执行的规则集会使其范围内的所有人停止开票。",
    ),
    (
        Code::RulesVersion,
        "`rules.deploy` `rules.activate` `rules.retire`",
        "Versions only rise; what is deployed can be activated once, and what is retired stays so.",
        "版本只能递增；已部署的只能启用一次，已停用的不能恢复。",
    ),
    (Code::RulesNoneActive, INVOICE, "Nobody issues without rules.", "没有规则，任何人不得开票。"),
    (
        Code::RulesViolated,
        INVOICE,
        "An amount, a number of lines, a missing buyer or a category is not allowed to this issuer.",
        "金额、行数、购买方或商品类别不被允许。",
    ),
    (
        Code::QuotaMonth,
        "`quota.apply`",
        "Quota is of one month, by block time in UTC+8.",
        "额度按月计，以区块时间（UTC+8）为准。",
    ),
    (
        Code::QuotaUnknown,
        "`quota.grant` `quota.adjust` `quota.refuse`",
        "Application, issuer and month must agree, and the application must be in the state that this needs.",
        "申请编号、企业、月份须一致，且申请须处于相应状态。",
    ),
    (
        Code::QuotaExhausted,
        "`invoice.issue` `quota.apply` `quota.grant` `quota.adjust`",
        "What is issued in a month never exceeds what was granted; nor can less be left than is used.",
        "当月开具的不得超过批准的；调整后也不得少于已用的。",
    ),
    (
        Code::QuotaPending,
        INVOICE,
        "The only application of the month waits for the bureau.",
        "当月唯一的申请尚待税务局裁决。",
    ),
    (
        Code::NumberSegment,
        "`quota.grant` `quota.adjust`",
        "Numbers are handed out upwards, each once.",
        "号码从小到大分配，每个只分配一次。",
    ),
    (
        Code::NumberOutsideSegment,
        INVOICE,
        "An issuer uses the numbers that it was granted.",
        "开票企业只能使用分配给自己的号码。",
    ),
    (
        Code::NumberUsed,
        INVOICE,
        "A number names one invoice for ever. `existing` names the transition that used it, `differs` in what \
             that was another.",
        "一个号码永远只对应一张发票。`existing` 是使用它的交易，`differs` 是两者的不同之处。",
    ),
    (Code::OrderFull, INVOICE, "One order has at most five invoices.", "同一订单最多五张发票。"),
    (
        Code::InvoiceUnknown,
        "`claim.*` `reimbursement.*` `booking.*`",
        "The body names an invoice that was never issued here.",
        "请求体所指的发票从未在本链开具。",
    ),
    (Code::InvoiceTotals, INVOICE, "Each total is the exact sum of its lines.", "合计必须严格等于各行之和。"),
    (
        Code::InvoiceLineTax,
        INVOICE,
        "Tax follows from amount and rate, amount from price and quantity, to the fen.",
        "税额由金额和税率得出，金额由单价和数量得出，精确到分。",
    ),
    (
        Code::InvoiceBuyer,
        INVOICE,
        "A special invoice goes to a taxpayer and has no exempt line; a buyer without a USCC needs a claim key; a \
         natural person is sealed.",
        "专用发票须开给纳税人且不含免税行；购买方没有统一社会信用代码时须有认领公钥；自然人须密封。",
    ),
    (
        Code::InvoiceCategory,
        INVOICE,
        "Every matching rule set has a classification; the code must be a leaf of each.",
        "编码必须是每个适用规则集分类表中的末级编码。",
    ),
    (
        Code::InvoiceRate,
        INVOICE,
        "Rules give each category its rates, by date.",
        "规则按日期规定每个类别的税率。",
    ),
    (
        Code::ClaimProof,
        TAKE,
        "Only the named buyer takes without proof; everybody else shows the one-time claim key's. The issuer, \
             who made that key, cannot use it.",
        "只有发票上的购买方无需证明；其他人须提供一次性认领密钥的证明。开票企业自己不能使用该密钥。",
    ),
    (Code::ClaimTaken, TAKE, "An invoice has one holder.", "一张发票只有一个持有人。"),
    (
        Code::ClaimNotHolder,
        "`claim.present` `claim.withdraw`",
        "The holder alone says who may see it.",
        "只有持有人决定向谁出示。",
    ),
    (
        Code::ClaimNotPresented,
        "`reimbursement.lock` `claim.withdraw`",
        "An enterprise locks only what it holds or was presented with.",
        "企业只能锁定自己持有或已出示给它的发票。",
    ),
    (
        Code::ClaimFull,
        "`claim.present`",
        "At most sixteen enterprises at a time.",
        "同时最多出示给十六家企业。",
    ),
    (
        Code::ClaimLocked,
        "`claim.take` `claim.withdraw`",
        "While an enterprise holds a live lock nobody pulls the invoice away from under it.",
        "企业持有有效锁定期间，发票不能被撤走。",
    ),
    (
        Code::LockBuyer,
        LOCK,
        "The rules of the locking enterprise let a named buyer alone lock.",
        "锁定企业适用的规则只允许购买方锁定。",
    ),
    (
        Code::LockClaimRef,
        LOCK,
        "A reference names one lock of an invoice for ever, so that a retry locks nothing twice.",
        "一个报销单号对一张发票只能锁定一次，重试不会重复锁定。",
    ),
    (
        Code::LockExists,
        "`reimbursement.lock` `booking.book`",
        "One enterprise wins; this is the promise of the whole system.",
        "只有一家企业能锁定成功，这正是本系统的承诺。",
    ),
    (
        Code::LockUnknown,
        USE_LOCK,
        "The id is that of the accepted `reimbursement.lock`.",
        "编号即被接受的 `reimbursement.lock` 的交易编号。",
    ),
    (
        Code::LockNotOwner,
        USE_LOCK,
        "A lock is used by the enterprise that took it.",
        "锁定只能由取得它的企业使用。",
    ),
    (
        Code::LockToken,
        USE_LOCK,
        "The fencing token rises with every lock of the invoice and keeps a late program from using a newer one.",
        "令牌随每次锁定递增，防止迟到的程序误用新的锁定。",
    ),
    (
        Code::LockExpired,
        USE_LOCK,
        "It was released, forced off, or its lease ran out.",
        "已解除、被强制解除或租期已满。",
    ),
    (
        Code::LockAmount,
        LOCK,
        "Settled and locked together never exceed the total.",
        "已报销与已锁定之和不得超过总额。",
    ),
    (
        Code::LockLease,
        "`reimbursement.lock` `reimbursement.renew`",
        "A lease counts from the lock's acceptance and the rules say how long it may be.",
        "租期从锁定被接受时起算，最长期限由规则规定。",
    ),
    (
        Code::ReimbursementSettled,
        "`reimbursement.lock` `reimbursement.renew` `reimbursement.release` `reimbursement.settle` `claim.take` \
             `booking.book`",
        "A settlement is final.",
        "报销是终局的。",
    ),
    (
        Code::BookingState,
        "`booking.book` `booking.unbook` `reimbursement.settle`",
        "It is booked already, or is not booked; settling needs the booking first where the rules say so.",
        "已入账，或尚未入账；规则要求时，报销之前须先入账。",
    ),
    (
        Code::BookingOwner,
        "`booking.book` `booking.unbook` `reimbursement.lock`",
        "One enterprise books it: who locked, settled or holds it.",
        "只能由锁定、报销或持有它的一家企业入账。",
    ),
];
