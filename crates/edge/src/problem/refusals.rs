//! What every refusal of the ledger says to people. A code that is missing here does not compile.

use piao_domain::rejection::Code;

use super::texts::{Both, texts};

texts! {
    pub(super) fn refusal(code: Code);
    TransitionExpired:
        "签名后过久才被裁决，已过期。" "请用新的随机数和当前时间重新签名。"
        "It was decided too long after it was signed." "Sign again with a new nonce and the present time.";
    KeyRevoked:
        "签名密钥已被撤销，或不是该主体的有效密钥。" "请用有效密钥重新签名。"
        "The key is revoked, or is no live key of the party." "Sign again with a live key.";
    KeyExists:
        "该主体已有或曾有该密钥。" "若已有，可直接使用；若已撤销，请生成新的密钥。"
        "The party has or had this key already." "If it has it, sign with it; if it was revoked, make a new key.";
    KeyFull:
        "该主体已有 16 个有效密钥。" "请先撤销其中一个。"
        "Sixteen keys may sign for the party already." "Revoke one of them first.";
    KeyLast:
        "不能撤销最后一个有效密钥。" "请先添加另一密钥。"
        "A party's last live key cannot be revoked." "Add another key first.";
    PartySuspended:
        "该主体已被暂停。" "暂停期间只能撤回；请联系税务局。"
        "The party is suspended." "While suspended it may only undo; ask the bureau.";
    PartyExists:
        "该主体已登记。" "无需再次登记；可直接添加密钥。"
        "The party is registered already." "There is no need to register again; add keys to it.";
    PartyUnknown:
        "所指的主体没有登记。" "请核对代码，或先登记该主体。"
        "The party that is named is not registered." "Check its code, or have it registered first.";
    RoleForbidden:
        "该主体不能签署此类交易。" "请由有权的一方签署：接口说明（/docs）写明由谁签署。"
        "This kind of party never may sign this." "Let a party sign it that may: the operation's description (/docs) says who.";
    ChainVersion:
        "版本没有递增。" "请使用更高的版本。"
        "The chain's version does not rise." "Use a higher version.";
    ChainFrozen:
        "本链接续另一条链，尚未解冻。" "请等待税务局解冻。"
        "The chain continues another and is not thawed." "Wait for the bureau to thaw it.";
    BatchFailed:
        "批量中的一项被拒绝，全部未生效。" "请改正所指的一项后重新提交。"
        "An item of the batch was refused, so all are." "Correct the item named and send the batch again.";
    AccessNone:
        "没有可以撤销的授权。" "请核对授权。"
        "There is no grant to revoke." "Check the grant.";
    RulesInvalid:
        "规则集自相矛盾或日期已过。" "请按所列各处改正后以新版本部署。"
        "The rule set contradicts itself, or a date lies in the past." "Correct the places named and deploy it again.";
    RulesVersion:
        "版本没有递增，或该版本不处于所需状态。" "请查看现有版本。"
        "The version does not rise, or is not in the state that this needs." "Look at the versions that are there.";
    RulesNoneActive:
        "没有适用于开票企业的生效规则。" "请联系税务局启用规则。"
        "No active rule set covers the issuer." "Ask the bureau to activate one.";
    RulesViolated:
        "违反了生效的规则。" "请按所列规则和检查项改正。"
        "An active rule set forbids it." "See the rule and check named.";
    QuotaMonth:
        "月份既非本月也非下月。" "请申请本月或下月的额度。"
        "The month is neither the current nor the next." "Apply for the current or the next month.";
    QuotaUnknown:
        "没有可以裁决的此项额度申请。" "请核对申请编号、企业和月份。"
        "There is no such application to decide." "Check application, issuer and month.";
    QuotaExhausted:
        "当月额度、份数或号码不足。" "请申请增加额度。"
        "The month's amount, count or numbers do not suffice." "Apply for more quota.";
    QuotaPending:
        "额度申请尚在等待裁决。" "请等待税务局批准后再开票。"
        "Nothing is granted yet and an application waits." "Issue after the bureau has granted it.";
    QuotaForeign:
        "号段内有已登记的外部发票。" "请换一个号段。"
        "The segment holds a registered foreign key." "Take another segment.";
    NumberSegment:
        "号段与已分配的重叠，或低于已分配的号码。" "请换一个更高的号段。"
        "The segment overlaps one already allotted, or lies below it." "Take a higher segment.";
    NumberOutsideSegment:
        "发票号码不在开票企业的号段内。" "请使用已分配号段内的号码。"
        "The number is in no segment of the issuer." "Use a number of a segment that was granted.";
    NumberUsed:
        "该发票号码已使用。" "若是重发，请查看先前的那笔交易；否则换一个号码。"
        "The number was issued before." "If you meant to resend, look at the earlier transition; else use another number.";
    OrderFull:
        "同一订单的发票已达五张。" "请核对订单号。"
        "The order has five invoices already." "Check the order reference.";
    FilingMismatch:
        "申报合计与账本不符。" "请按账本合计改正。"
        "The totals differ from the ledger's own." "Correct them by the ledger's.";
    FilingClosed:
        "该期间已申报。" "请在之后的期间更正。"
        "The period is filed." "Correct it in a later period.";
    InvoiceUnknown:
        "没有此号码的发票。" "请核对发票号码。"
        "No invoice has this number." "Check the number.";
    InvoiceReversed:
        "发票已全部冲红。" "不能再进行此操作。"
        "The invoice is reversed." "Nothing more can be done with it.";
    InvoiceTotals:
        "合计与各行之和不符。" "请重新计算合计。"
        "The totals are not the sums of the lines." "Compute the totals again.";
    InvoiceLineTax:
        "某行的金额或税额计算不符。" "请重新计算所指的一行。"
        "A line's amount or tax does not follow from what it says." "Compute the line named again.";
    InvoiceBuyer:
        "购买方的写法与发票种类或认领方式不符。" "请改正购买方，或附上认领公钥。"
        "The buyer is described in a way that this invoice does not allow." "Correct the buyer, or add a claim key.";
    InvoiceCategory:
        "税收分类编码或简称不正确。" "请使用现行分类表的末级编码。"
        "The tax category or its short name is wrong." "Use a leaf of the classification in force.";
    InvoiceRate:
        "该分类在此日期不适用此税率。" "请使用规则给出的税率。"
        "The rules do not give this category this rate today." "Use a rate that the rules give.";
    ClaimProof:
        "认领证明缺失、有误，或该主体不能使用。" "请用交付的认领密钥重新生成证明。"
        "The claim proof is missing, wrong, or not this party's to use." "Make the proof again with the claim key that was handed over.";
    ClaimTaken:
        "发票已被认领。" "请与开票企业或持有人核实。"
        "Somebody holds the invoice already." "Ask the issuer or the holder.";
    ClaimNotHolder:
        "签名方不是发票持有人。" "请由持有人签署。"
        "The signer does not hold the invoice." "Let the holder sign.";
    ClaimNotPresented:
        "发票没有出示给该企业。" "请持有人先向该企业出示。"
        "The invoice is not presented to this enterprise." "Let the holder present it first.";
    ClaimFull:
        "发票已出示给十六家企业。" "请先撤回一家。"
        "It is presented to sixteen enterprises already." "Withdraw it from one first.";
    ClaimLocked:
        "企业持有有效锁定，认领或出示不能变更。" "请先由该企业解除锁定。"
        "A live lock keeps the claim or presentation as it is." "Let the enterprise release its lock first.";
    RiskAbnormal:
        "发票被标记为异常。" "请联系税务局。"
        "The invoice is marked abnormal." "Ask the bureau.";
    ForeignNative:
        "该号码在本链已分配的号段内。" "请按本链发票操作。"
        "The key lies in a segment that was allotted here." "Use the invoice of this chain.";
    ForeignUsed:
        "该外部发票或其别名已锁定或报销。" "不能再次报销。"
        "The foreign key or an alias is locked or settled." "It cannot be reimbursed again.";
    LockBuyer:
        "只有发票上的购买方可以锁定。" "请由购买方报销。"
        "Only the named buyer may lock." "Let the buyer reimburse it.";
    LockClaimRef:
        "该企业已对此发票使用过这个报销单号。" "若是重发，请查看先前的那笔交易；否则换一个单号。"
        "The enterprise has used this reference for this invoice." "If you meant to resend, look at the earlier transition; else use another reference.";
    LockExists:
        "发票已被锁定。" "请等待锁定结束，或向持有人核实；本企业的部分锁定同时最多十六个，请先解除或报销其中一个。"
        "A live lock stands in the way." "Wait for it to end, or ask the holder; of your own partial locks sixteen live at most: release or settle one.";
    LockUnknown:
        "发票上没有此锁定。" "请核对锁定编号。"
        "No lock of this id is on the invoice." "Check the lock's id.";
    LockNotOwner:
        "该锁定属于另一企业。" "只有锁定方可以操作。"
        "The lock belongs to another enterprise." "Only its owner may use it.";
    LockToken:
        "锁定令牌不正确。" "请使用回执中的令牌。"
        "The fencing token is not the lock's." "Use the token of the receipt.";
    LockExpired:
        "该锁定已结束。" "请重新锁定。"
        "The lock has ended." "Lock it again.";
    LockAmount:
        "金额超过可用部分，或只能整票锁定。" "请按所列金额锁定。"
        "The amount is more than is free, or a part of what is locked whole." "Lock the amount named.";
    LockLease:
        "租期超过规则允许的最长期限。" "请缩短租期。"
        "The lease is longer than the rules allow." "Ask for a shorter lease.";
    ReimbursementSettled:
        "发票已报销。" "不能再次报销。"
        "The invoice is settled already." "It cannot be reimbursed again.";
    BookingState:
        "入账状态不符合此操作。" "请先查看入账状态。"
        "The booking is not in the state that this needs." "Look at the booking first.";
    BookingOwner:
        "另一企业已入账，或签名方无可入账。" "请核对持有、锁定和报销情况。"
        "Another enterprise has booked it, or the signer has nothing to book." "Check holder, lock and settlement.";
    BookingPeriod:
        "入账所属期间已申报。" "请在之后的期间更正。"
        "The booking's period is filed." "Correct it in a later period.";
    DeductionState:
        "用途确认状态不符合此操作。" "请先查看用途确认状态。"
        "The deduction is not in the state that this needs." "Look at the deduction first.";
    DeductionKind:
        "不是专用发票。" "普通发票不能抵扣。"
        "It is not a special invoice." "A plain invoice gives no deduction.";
    RedState:
        "红字信息表状态不符合此操作。" "请先查看红字信息表。"
        "The red form is not in the state that this needs." "Look at the red form first.";
    RedAmount:
        "冲红金额超过剩余金额。" "请减少金额。"
        "The amount is more than remains to be reversed." "Reverse less.";
    RedOpen:
        "已有未结的红字信息表。" "请先处理该信息表。"
        "A red form is open." "Deal with that form first.";
    RedNotParty:
        "签名方与该红字信息表无关。" "请由有关的一方签署。"
        "The signer is no party to the red form." "Let a party to it sign.";
    RecoveryNone:
        "没有需要追回的金额。" "无需操作。"
        "There is nothing to recover." "Nothing needs to be done.";
}
