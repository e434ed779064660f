//! Bodies of transitions as JSON, legal unless a test changes them.

use piao_domain::ids::TransitionId;
use piao_domain::time::Month;

use crate::actor::Actor;

/// `party.register` of an enterprise in Shenzhen.
#[must_use]
pub fn register(enterprise: &Actor) -> String {
    format!(
        r#"{{"party":"{}","name":"测试企业","region":"440300","industry":"I65","key":{}}}"#,
        enterprise.party,
        enterprise.jwk_json()
    )
}

/// `rules.deploy` of a rule set that binds everybody in Shenzhen and allows services at 6 %.
#[must_use]
pub fn rules(version: u32) -> String {
    format!(
        r#"{{"id":"test","version":{version},"scope":{{"regions":["440300"],"industries":[],"enterprises":[]}},
        "limits":{{"allowance":{{"amount":900000000000000,"count":1000000}},"numbering":"950",
        "classification":[{{"code":"3040201010000000000","short_name":"信息技术服务"}}],
        "rates":[{{"prefix":"304","treatment":"0.06","from":"2019-04-01"}}],"forbidden":[],
        "buyer_only":true,"partial_locks":false,"lease_seconds_max":2592000,"booking_required":true,
        "quota_return":"same_month"}}}}"#
    )
}

/// `rules.activate` from a day on.
#[must_use]
pub fn activate(version: u32, from: &str) -> String {
    format!(r#"{{"id":"test","version":{version},"from":"{from}"}}"#)
}

/// `quota.apply` for so many invoices of any amount.
#[must_use]
pub fn apply(month: Month, count: u32) -> String {
    format!(r#"{{"month":"{month}","amount":800000000000,"count":{count}}}"#)
}

/// `invoice.issue` of one service line over 100.00 and 6.00 tax. `buyer` and `claim_key` are members or empty.
#[must_use]
pub fn issue(number: &str, buyer: Option<&Actor>, claim_key: Option<&str>) -> String {
    let buyer = match buyer {
        Some(buyer) => format!(r#"{{"type":"enterprise","id":"{}","name":"购买方"}}"#, buyer.party),
        None => r#"{"type":"none"}"#.to_owned(),
    };
    let claim_key = claim_key.map(|key| format!(r#""claim_key":"{key}","#)).unwrap_or_default();
    format!(
        r#"{{"number":"{number}","kind":"plain","buyer":{buyer},{claim_key}"lines":[{{"nature":"normal",
        "category":"3040201010000000000","item":"*信息技术服务*软件服务","treatment":"0.06","entered":"net",
        "amount":10000,"tax":600}}],"amount":10000,"tax":600,"total":10600}}"#
    )
}

/// `claim.take`, with a proof or without.
#[must_use]
pub fn take(number: &str, proof: Option<&str>) -> String {
    let proof = proof.map(|proof| format!(r#","proof":"{proof}""#)).unwrap_or_default();
    format!(r#"{{"invoice":"{number}"{proof}}}"#)
}

/// `claim.present` or `claim.withdraw`.
#[must_use]
pub fn present(number: &str, enterprise: &Actor) -> String {
    format!(r#"{{"invoice":"{number}","party":"{}"}}"#, enterprise.party)
}

/// `reimbursement.lock` of the whole.
#[must_use]
pub fn lock(number: &str, claim_ref: &str) -> String {
    format!(r#"{{"invoice":"{number}","claim_ref":"{claim_ref}","amount":10600,"lease_seconds":86400}}"#)
}

/// `reimbursement.release` or `reimbursement.settle`.
#[must_use]
pub fn use_lock(number: &str, lock: &TransitionId, token: u64) -> String {
    format!(r#"{{"invoice":"{number}","lock":"{lock}","token":{token}}}"#)
}

/// `booking.book`
#[must_use]
pub fn book(number: &str) -> String {
    format!(r#"{{"invoice":"{number}","state":"02"}}"#)
}
