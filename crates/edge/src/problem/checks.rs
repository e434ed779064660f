//! What every check says to people: what is wrong, what would pass, what next. A check that is missing here does not
//! compile. `{want}`, `{was}`, `{least}`, `{most}`, `{any}` stand for values; with `¥`, for fen written as yuan.

use piao_domain::rejection::Check;

use super::sentence::{Sentence, sentences};

sentences! {
    pub(super) fn of_check(check: Check);
    NumberOwnSegment:
        "发票号码 {was} 不在分配给本企业的号段内；请改用已获批号段中的号码，号段见额度查询。"
        "The number {was} is of no segment allotted to you; use one of a segment that was granted, as the quota lists show.";
    BuyerClaimKey:
        "购买方没有统一社会信用代码，发票必须带认领公钥；请生成一次性认领密钥并填入其公钥，或改填有统一社会信用代码的购买方。"
        "The buyer has no USCC, so the invoice needs a claim key; make a one-time claim key and add its public half, or name a buyer that has a USCC.";
    BuyerSealed:
        "购买方是自然人，其姓名和证件必须密封；请补上密封数据的摘要，并一并提交密封数据。"
        "The buyer is a natural person, whose name and id are sealed; add the digest of the sealed data and send that data along.";
    BuyerTaxpayer:
        "专用发票只能开给纳税人；请改开普通发票，或改填作为纳税人的购买方。"
        "A special invoice goes to a taxpayer only; make it a plain one, or name a buyer that is a taxpayer.";
    BuyerExempt:
        "专用发票不能含免税行；请把该行另开普通发票。"
        "A special invoice has no exempt line; put the line on a plain invoice.";
    LineAmountPositive:
        "该行不是折扣行，金额必须大于 0，实为 {was¥} 元；请改正金额，折扣请另列折扣行。"
        "The line is no discount, so its amount is above 0, and it was CNY {was¥}; correct it, or write a discount as a discount line.";
    LineQuantityPositive:
        "数量必须大于 0，实为 {was}；请改正，或数量和单价都不填。"
        "The quantity is above 0, and it was {was}; correct it, or leave out both quantity and price.";
    LinePricePositive:
        "单价必须大于 0，实为 {was}；请改正，或数量和单价都不填。"
        "The price is above 0, and it was {was}; correct it, or leave out both quantity and price.";
    LineAmount:
        "金额应为单价乘以数量，即 {want¥} 元（可差 0.01 元），实为 {was¥} 元；请重算该行。"
        "The amount is price x quantity, CNY {want¥} give or take 0.01, and it was CNY {was¥}; compute the line again.";
    LineAmountRange:
        "单价乘以数量超出金额的范围；请核对单价和数量。"
        "Price x quantity is beyond what an amount can be; check price and quantity.";
    LineDiscounted:
        "被折扣行之后必须紧跟其折扣行；请补上折扣行，或把该行改为正常行。"
        "A discounted line has its discount right after it; add the discount, or make the line a normal one.";
    LineTax:
        "税额应为金额乘以税率四舍五入到分，即 {want¥} 元，实为 {was¥} 元；请重算该行。"
        "The tax is amount x rate, rounded half up, CNY {want¥}, and it was CNY {was¥}; compute the line again.";
    LineUntaxed:
        "免税或不征税的行税额必须为 0，实为 {was¥} 元；请把税额改为 0，或改正税率。"
        "A line that is exempt or not taxed bears no tax, and it was CNY {was¥}; make it 0, or correct the treatment.";
    LineGrossAmount:
        "该行按含税价录入，金额应为价税合计除以（1 加税率），即 {want¥} 元，实为 {was¥} 元；请重算该行。"
        "The line was entered with tax, so its amount is the total divided by 1 + rate, CNY {want¥}, and it was CNY {was¥}; compute the line again.";
    LineGrossRange:
        "该行金额与税额之和超出金额的范围；请核对该行。"
        "Amount and tax of the line together are beyond what an amount can be; check the line.";
    DiscountPlace:
        "折扣行之前必须紧接被折扣行；请调整行序，或改正前一行的行性质。"
        "A discount has a discounted line right before it; put it there, or correct the nature of the line before.";
    DiscountCategory:
        "折扣行的税收分类应与被折扣行相同，即 {want}，实为 {was}；请改正。"
        "A discount has the category of its line, {want}, and it was {was}; correct it.";
    DiscountItem:
        "折扣行的项目名称应与被折扣行相同，请照被折扣行填写。"
        "A discount has the item of its line; copy it from the line before.";
    DiscountTreatment:
        "折扣行的税率应与被折扣行相同，即 {want}，实为 {was}；请改正。"
        "A discount has the treatment of its line, {want}, and it was {was}; correct it.";
    DiscountMeasure:
        "折扣行没有数量和单价；请去掉。"
        "A discount has neither quantity nor price; leave both out.";
    DiscountNegative:
        "折扣行的金额必须小于 0，实为 {was¥} 元；请填负数。"
        "A discount's amount is below 0, and it was CNY {was¥}; write it with a minus.";
    DiscountAmount:
        "折扣不能超过被折扣行的金额：最低 {least¥} 元，实为 {was¥} 元；请减少折扣。"
        "A discount takes off no more than its line bills: CNY {least¥} at the lowest, and it was CNY {was¥}; make it smaller.";
    DiscountTax:
        "折扣的税额不能超过被折扣行的税额：最低 {least¥} 元，实为 {was¥} 元；请按同一录入方式重算两行。"
        "A discount takes off no more tax than its line bears: CNY {least¥} at the lowest, and it was CNY {was¥}; compute both lines the same way.";
    TotalsAmount:
        "合计金额应为各行金额之和 {want¥} 元，实为 {was¥} 元；请重算合计。"
        "The amount is the sum of the lines' amounts, CNY {want¥}, and it was CNY {was¥}; compute the totals again.";
    TotalsTax:
        "合计税额应为各行税额之和 {want¥} 元，实为 {was¥} 元；请重算合计。"
        "The tax is the sum of the lines' taxes, CNY {want¥}, and it was CNY {was¥}; compute the totals again.";
    TotalsTotal:
        "价税合计应为金额与税额之和 {want¥} 元，实为 {was¥} 元；请重算合计。"
        "The total is amount and tax together, CNY {want¥}, and it was CNY {was¥}; compute the totals again.";
    TotalsRange:
        "各行之和超出金额的范围；请核对各行，或分开开票。"
        "The sum of the lines is beyond what an amount can be; check the lines, or split the invoice.";
    TotalsPositive:
        "价税合计必须大于 0，实为 {was¥} 元；请核对折扣行。"
        "The total is above 0, and it was CNY {was¥}; check the discounts.";
    QuotaInvoices:
        "当月可开份数已用完；请申请增加额度，或下月再开。"
        "No invoice is left in this month's quota; apply for more, or issue next month.";
    QuotaAmount:
        "当月剩余额度为 {most¥} 元，本票不含税金额为 {was¥} 元；请申请增加额度，或减少金额。"
        "CNY {most¥} is left of this month's quota and the invoice bills CNY {was¥} without tax; apply for more, or bill less.";
    QuotaMonth:
        "只能申请 {any} 的额度，实为 {was}；请改月份。"
        "Quota is for {any}, and it was {was}; name one of these months.";
    QuotaUsedAmount:
        "调整后的额度不能低于已开金额：至少 {least¥} 元，实为 {was¥} 元；请提高金额。"
        "A grant leaves no less than is used: CNY {least¥} at least, and it was CNY {was¥}; give more.";
    QuotaUsedCount:
        "调整后的份数不能低于已开份数：至少 {least} 份，实为 {was} 份；请提高份数。"
        "A grant leaves no fewer invoices than are used: {least} at least, and it was {was}; give more.";
    SegmentFirst:
        "号段必须高于该前缀下已分配的所有号码：起始序号至少为 {least}，实为 {was}；请改用更高的号段，或不指定号段。"
        "A segment lies above every number allotted under its prefix: it begins at {least} or later, and it was {was}; take a higher one, or name none.";
    SegmentCount:
        "号段的号码数应与批准的份数相同，即 {want} 个，实为 {was} 个；请改正号段或份数。"
        "A segment has as many numbers as invoices are granted, {want}, and it had {was}; correct the one or the other.";
    RulesRateDates:
        "税率的截止日期不能早于起始日期：应在 {least} 或之后，实为 {was}；请改正日期。"
        "A rate ends no sooner than it begins: {least} or later, and it was {was}; correct the dates.";
    RulesLease:
        "最长租期必须大于 0 秒；请改正，或不填。"
        "The longest lease is above 0 seconds; correct it, or leave it out.";
    RulesNumbering:
        "自动批准额度的规则集必须写明号码的地区和渠道；请补上 numbering，或去掉 allowance。"
        "A rule set that grants an allowance says area and channel of the numbers; add numbering, or leave out the allowance.";
    RulesFrom:
        "启用日期必须是 {least} 或之后，实为 {was}；请改日期。"
        "A rule set binds from {least} or later, and it was {was}; name a later day.";
    RulesClassification:
        "适用于开票企业的规则集都没有税收分类表，不能开票；请联系税务局。"
        "No active rule set that covers the issuer has a classification, so nothing can be issued; ask the bureau.";
    RulesRates:
        "适用于开票企业的规则集都没有税率表，不能开票；请联系税务局。"
        "No active rule set that covers the issuer has rates, so nothing can be issued; ask the bureau.";
    InvoiceAmountMax:
        "规则限定单张发票不含税金额最多 {most¥} 元，实为 {was¥} 元；请分开开票，或申请提高限额。"
        "The rules let an invoice bill CNY {most¥} at most without tax, and it was CNY {was¥}; split it, or ask for a higher limit.";
    LinesMax:
        "规则限定单张发票最多 {most} 行，实为 {was} 行；请分开开票。"
        "The rules let an invoice have {most} lines at most, and it had {was}; split it.";
    BuyerRequiredAbove:
        "价税合计超过 {most¥} 元时必须填写企业购买方，实为 {was¥} 元；请补上购买方，或减少金额。"
        "Above CNY {most¥} with tax an enterprise is named as buyer, and it was CNY {was¥}; name one, or bill less.";
    Forbidden:
        "规则禁止以 {want} 开头的税收分类，实为 {was}；请核对分类，或联系税务局。"
        "The rules forbid categories that begin with {want}, and it was {was}; check the category, or ask the bureau.";
    Classification:
        "税收分类 {was} 不是分类表中的末级编码；请改用末级编码。"
        "The category {was} is no leaf of the classification; use a leaf.";
    ShortName:
        "项目名称应以该分类的简称开头，即 *{want}*；请改正项目名称或分类。"
        "The item begins with the short name of its category, as the classification has it between asterisks; see expected, and correct item or category.";
    Rates:
        "该分类今日可用的税率为 {any}，实为 {was}；请改正税率或分类。"
        "The treatments of this category are {any} today, and it was {was}; correct treatment or category.";
    RatesDay:
        "该分类在 {want} 没有可用的税率；请核对分类，或联系税务局。"
        "This category has no treatment on {want}; check the category, or ask the bureau.";
    BuyerOnly:
        "发票 {was} 写明的购买方不是本企业，只能由购买方报销；请由购买方锁定。"
        "Invoice {was} names another buyer, and that buyer alone may reimburse it; let the buyer lock it.";
    WholeLocks:
        "只能全额锁定，即 {want¥} 元，实为 {was¥} 元；请改正金额。"
        "Only the whole can be locked, CNY {want¥}, and it was CNY {was¥}; correct the amount.";
    PartialLocks:
        "可锁定 {least¥} 至 {most¥} 元，实为 {was¥} 元；请改正金额。"
        "CNY {least¥} to {most¥} can be locked, and it was CNY {was¥}; correct the amount.";
    LeaseSecondsMax:
        "租期应为 {least} 至 {most} 秒，实为 {was} 秒；请改正租期。"
        "The lease is {least} to {most} seconds, and it was {was}; correct it.";
    LeaseSpent:
        "该锁的最长租期已用完，不能再续；请完成报销，或释放后重新锁定。"
        "Nothing is left of the longest lease of this lock; settle it, or release it and lock again.";
    BookingRequired:
        "报销前须由本企业入账，入账状态应为 {any}，实为 {was}；请先入账。"
        "The enterprise books the invoice before it settles: state {any}, and it was {was}; book it first.";
}
