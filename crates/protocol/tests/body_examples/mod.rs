//! Accepted bodies, in the order and spelling that the writer gives them.

pub(crate) mod edits;

/// (type, body)
pub(crate) const EXAMPLES: &[(&str, &str)] = &[
    (
        "party.register",
        r#"{"party":"uscc:91440300708461136T","name":"深圳市腾讯计算机系统有限公司","region":"440300","industry":"I65","key":{"crv":"secp256k1","kty":"EC","x":"eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g","y":"SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"}}"#,
    ),
    (
        "party.enroll",
        r#"{"key":{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#,
    ),
    ("party.suspend", r#"{"party":"uscc:914403001922038216","reason":"inspection"}"#),
    (
        "party.suspend",
        r#"{"party":"person:aaaqeayeaudaocajbifqydiob4","reason":"a-1","sealed_digest":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"#,
    ),
    ("party.reinstate", r#"{"party":"uscc:914403001922038216","reason":"inspection-over"}"#),
    (
        "key.add",
        r#"{"key":{"crv":"P-256","kty":"EC","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}}"#,
    ),
    ("key.revoke", r#"{"kid":"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"}"#),
    (
        "key.reset",
        r#"{"party":"uscc:91440300192317458F","key":{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"reason":"keys-lost","sealed_digest":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}"#,
    ),
    (
        "rules.deploy",
        r#"{"id":"shenzhen","version":1,"scope":{"regions":["440300"],"industries":["H61","I"],"enterprises":["uscc:914403001922038216","uscc:91440300708461136T"]},"limits":{"invoice_amount_max":100000000,"lines_max":2000,"allowance":{"amount":10000000,"count":25},"numbering":"951","classification":[{"code":"1010101010000000000","short_name":"谷物"},{"code":"3040201010000000000","short_name":"信息技术服务"}],"rates":[{"prefix":"1","treatment":"0.13","from":"2026-01-01"},{"prefix":"304","treatment":"0.06","from":"2026-01-01"},{"prefix":"3","treatment":"0.01","from":"2026-01-01","to":"2027-12-31"},{"prefix":"1010101","treatment":"exempt","from":"2026-01-01"},{"prefix":"6","treatment":"not_taxed","from":"2026-01-01"}],"forbidden":["602","601"],"buyer_required_above":5000000,"buyer_only":true,"partial_locks":false,"lease_seconds_max":2592000,"booking_required":true,"quota_return":"same_month"}}"#,
    ),
    (
        "rules.deploy",
        r#"{"id":"open","version":4294967295,"scope":{"regions":[],"industries":[],"enterprises":[]},"limits":{"classification":[],"rates":[],"forbidden":[],"buyer_only":false,"partial_locks":true,"booking_required":false,"quota_return":"never"}}"#,
    ),
    ("rules.activate", r#"{"id":"shenzhen","version":1,"from":"2026-10-01"}"#),
    ("rules.retire", r#"{"id":"shenzhen","version":1}"#),
    ("quota.apply", r#"{"month":"2026-10","amount":10000000,"count":25}"#),
    (
        "quota.grant",
        r#"{"application":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","issuer":"uscc:91440300708461136T","month":"2026-10","amount":10000000,"count":25,"segment":{"first":1,"last":25,"prefix":"26951"}}"#,
    ),
    (
        "quota.grant",
        r#"{"application":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","issuer":"uscc:91440300708461136T","month":"2026-10","amount":9007199254740991,"count":4294967295}"#,
    ),
    (
        "quota.adjust",
        r#"{"application":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","issuer":"uscc:91440300708461136T","month":"2026-10","amount":0,"count":0}"#,
    ),
    (
        "quota.refuse",
        r#"{"application":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","issuer":"uscc:91440300708461136T","month":"2026-10","reason":"too-much"}"#,
    ),
    (
        "invoice.issue",
        r#"{"number":"26951000000000000001","kind":"special","buyer":{"type":"enterprise","id":"uscc:914403001922038216","name":"华为技术有限公司"},"lines":[{"nature":"discounted","category":"1090511990000000000","item":"*计算机外部设备*显示器","specification":"P27h-20","unit":"台","quantity":"2","price":"2919.47","treatment":"0.13","entered":"net","amount":583894,"tax":75906},{"nature":"discount","category":"1090511990000000000","item":"*计算机外部设备*显示器","treatment":"0.13","entered":"net","amount":-10000,"tax":-1300}],"amount":573894,"tax":74606,"total":648500,"order":{"reference":"SO-2026/10#7","digest":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},"sealed_digest":"ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"}"#,
    ),
    (
        "invoice.issue",
        r#"{"number":"26951000000000000002","kind":"plain","buyer":{"type":"taxpayer_15","id":"440300708461136","name":"深圳市地铁集团有限公司"},"claim_key":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","lines":[{"nature":"normal","category":"3040201010000000000","item":"*信息技术服务*软件服务","unit":"次","quantity":"1","price":"4197.16981132075","treatment":"0.06","entered":"gross","amount":419717,"tax":25183}],"amount":419717,"tax":25183,"total":444900}"#,
    ),
    (
        "invoice.issue",
        r#"{"number":"26951000000000000003","kind":"plain","buyer":{"type":"person"},"claim_key":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","lines":[{"nature":"normal","category":"1010101010000000000","item":"*谷物*大米","treatment":"exempt","entered":"net","amount":1000,"tax":0}],"amount":1000,"tax":0,"total":1000}"#,
    ),
    (
        "invoice.issue",
        r#"{"number":"26951000000000000004","kind":"plain","buyer":{"type":"none"},"claim_key":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","lines":[{"nature":"normal","category":"6010000000000000000","item":"*预付卡销售*充值","treatment":"not_taxed","entered":"net","amount":1000,"tax":0}],"amount":1000,"tax":0,"total":1000}"#,
    ),
    ("claim.take", r#"{"invoice":"26951000000000000001"}"#),
    (
        "claim.take",
        r#"{"invoice":"26951000000000000002","proof":"5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw"}"#,
    ),
    ("claim.present", r#"{"invoice":"26951000000000000001","party":"uscc:9144030027939873X7"}"#),
    ("claim.withdraw", r#"{"invoice":"26951000000000000001","party":"uscc:9144030027939873X7"}"#),
    (
        "reimbursement.lock",
        r#"{"invoice":"26951000000000000001","claim_ref":"EXP-2026-0001","amount":648500,"lease_seconds":86400}"#,
    ),
    (
        "reimbursement.renew",
        r#"{"invoice":"26951000000000000001","lock":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","token":1,"lease_seconds":86400}"#,
    ),
    (
        "reimbursement.release",
        r#"{"invoice":"26951000000000000001","lock":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","token":1}"#,
    ),
    (
        "reimbursement.settle",
        r#"{"invoice":"26951000000000000001","lock":"5ab4e9b6e77a3fe2ed4d2dce1e08b5bc1c5c0eb3a1a5b1a1a7e8b0c6d5c7f8a9","token":9007199254740991}"#,
    ),
    (
        "reimbursement.force_release",
        r#"{"invoice":"26951000000000000001","party":"uscc:91440300192185379H","reason":"court-order"}"#,
    ),
    ("booking.book", r#"{"invoice":"26951000000000000001","state":"02"}"#),
    ("booking.book", r#"{"invoice":"26951000000000000001","state":"03"}"#),
    ("booking.unbook", r#"{"invoice":"26951000000000000001"}"#),
];
