//! The invoices, companies and rules of `examples/`, as they are in this build.

/// A file of `examples/`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Example {
    /// Its name, without `.json`.
    pub(super) name: &'static str,
    /// What it is, in Chinese and in English.
    pub(super) title: [&'static str; 2],
    /// What it holds.
    pub(super) text: &'static str,
}

macro_rules! examples {
    ($folder:literal: $($name:literal $chinese:literal $english:literal;)*) => {
        &[$(Example {
            name: $name,
            title: [$chinese, $english],
            text: include_str!(concat!("../../../../examples/", $folder, "/", $name, ".json")),
        }),*]
    };
}

/// The companies.
pub(super) const PARTIES: &str = include_str!("../../../../examples/parties.json");

/// The rule set of Shenzhen.
pub(super) const RULES: &str = include_str!("../../../../examples/rules/shenzhen-2026.json");

/// Invoices that the rules accept.
pub(super) const INVOICES: &[Example] = examples!("invoices":
    "01-service-at-6-with-a-long-price"
        "软件维护费，6%，单价有十一位小数" "software maintenance at 6 %, a unit price with eleven decimals";
    "02-retail-at-13"
        "云台相机，13%，零售，购买方未指名" "a camera at 13 %, retail, no buyer named";
    "03-levy-at-3"
        "接驳巴士包车，征收率 3%" "a chartered bus at the levy rate of 3 %";
    "04-small-scale-at-1"
        "果汁，小规模纳税人 1%" "juice at 1 %, the rate of small-scale taxpayers";
    "05-one-hundred-lines"
        "云服务器租用，一百行" "rented servers, one hundred lines";
    "06-metro-ticket"
        "地铁乘车费，9%" "a metro ticket at 9 %";
    "07-metro-fare-to-a-person"
        "地铁乘车费，购买方是自然人" "a metro fare, the buyer is a natural person";
    "08-meal"
        "餐费，6%" "a meal at 6 %";
    "09-parking"
        "停车费，9%" "parking at 9 %";
    "10-hotel-with-remarks"
        "住宿费，6%，备注密封" "a hotel room at 6 %, with a sealed remark";
    "11-bank-fee"
        "汇款手续费，6%" "a bank fee at 6 %";
    "12-insurance"
        "财产综合险保费，6%" "a property insurance premium at 6 %";
    "13-advertising"
        "互联网广告，6%" "advertising at 6 %";
    "14-batteries-with-a-digit-rich-price"
        "锂离子电池组，13%，单价有五位小数" "batteries at 13 %, a unit price with five decimals";
    "15-discount-pair"
        "笔记本电脑，带一行折扣" "a laptop with a discount line";
    "16-two-discount-pairs"
        "交换机等，两行折扣，其一全免" "switches with two discounts, one of them of everything";
    "17-exempt-vegetables"
        "蔬菜，免税" "vegetables, exempt";
    "18-exempt-and-taxed-lines"
        "蔬菜免税，果汁 13%，同一张" "exempt vegetables and juice at 13 % together";
    "19-exempt-tuition"
        "本科生学费，免税" "tuition, exempt";
    "20-exempt-books"
        "教材，免税" "books, exempt";
    "21-not-taxed-prepaid-card"
        "乘车卡充值，不征税" "topping up a travel card, not taxable";
    "22-rate-0-international-freight"
        "国际航空货运，零税率" "international air freight at a rate of 0";
    "23-freight-at-9"
        "国内航空货运，9%" "domestic air freight at 9 %";
    "24-courier-at-6"
        "收件、分拣、派送 6%，运输 9%" "courier services at 6 % and transport at 9 %";
    "25-shop-rent-at-5"
        "商铺租金，简易计税 5%，单价有十三位小数" "shop rent at 5 %, a unit price with thirteen decimals";
    "26-housing-rent-at-1.5"
        "长租公寓租金，减按 1.5%" "housing rent at 1.5 %";
    "27-buyer-with-a-15-digit-id"
        "光模块，购买方用 15 位旧税号" "optical modules, the buyer has an old 15-digit tax id";
    "28-person-with-all-sealed-fields"
        "备用电池，购买方是自然人，各项密封" "a battery, the buyer is a natural person, all fields sealed";
    "29-software-at-13"
        "财务软件，13%" "packaged software at 13 %";
    "30-research-at-6"
        "算法研发，6%" "research at 6 %";
    "31-air-conditioners-from-zhuhai"
        "分体式空调，13%" "air conditioners at 13 %";
    "32-liquor-at-its-list-price"
        "白酒，13%" "liquor at 13 %";
    "33-petrol"
        "车用汽油，13%" "petrol at 13 %";
    "34-electricity"
        "一个月的电费，13%" "a month of electricity at 13 %";
    "35-order-of-five-first"
        "云台相机，同一订单五张之一" "a camera, the first of five of one order";
    "36-order-of-five-second"
        "云台相机，同一订单五张之二" "a camera, the second of five";
    "37-order-of-five-third"
        "云台相机，同一订单五张之三" "a camera, the third of five";
    "38-order-of-five-fourth"
        "云台相机，同一订单五张之四" "a camera, the fourth of five";
    "39-order-of-five-fifth"
        "云台相机，同一订单五张之五" "a camera, the fifth of five";
);

/// Invoices with one difference each, for which they are refused.
pub(super) const REFUSED: &[Example] = examples!("refused":
    "01-tax-a-fen-too-high"
        "一张税额多一分的发票" "an invoice whose tax is one fen too high";
    "02-amount-is-not-price-times-quantity"
        "一张金额不等于单价乘数量的发票" "an invoice whose amount is not price times quantity";
    "03-total-is-not-the-sum"
        "一张合计不等于各行之和的发票" "an invoice whose total is not the sum of its lines";
    "04-discount-stands-alone"
        "一张折扣行没有被折扣行的发票" "an invoice with a discount of no line";
    "05-category-is-a-branch"
        "一张税收分类编码不是末级的发票" "an invoice with a category that is no leaf";
    "06-short-name-of-another-category"
        "一张项目简称属于另一分类的发票" "an invoice with the short name of another category";
    "07-exempt-is-not-untaxed"
        "一张把免税写成不征税的发票" "an invoice that calls not taxable what is exempt";
    "08-rate-0-at-home"
        "一张把不征税写成零税率的发票" "an invoice with a rate of 0 where it is not taxable";
    "09-special-to-nobody"
        "一张没有购买方的专用发票" "a special invoice to nobody";
    "10-special-with-an-exempt-line"
        "一张含免税行的专用发票" "a special invoice with an exempt line";
    "11-person-without-sealed-name"
        "一张开给自然人却没有密封姓名的发票" "an invoice to a natural person without the sealed name";
    "12-large-without-a-buyer"
        "一张超过限额却没有购买方的发票" "an invoice to nobody above the amount up to which that is allowed";
    "13-forbidden-category"
        "一张规则禁止的类别的发票" "an invoice of a category that the rules forbid";
    "14-too-many-lines"
        "一张 201 行的发票，规则允许 200 行" "an invoice of 201 lines, one more than the rules allow";
    "15-amount-above-the-limit"
        "一张金额超过单张限额一分的发票" "an invoice one fen above the limit of one invoice";
);
