//! The resource map, written a second time: every transition type and where it is posted to.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeSet;

use piao_client::Service::{self, Claims, Issuance, Registry, Reimbursement, Rules};
use piao_client::{TRANSITIONS, route_of};
use piao_domain::command::Kind;
use piao_domain::ids::PartyId;
use piao_domain::key::Algorithm;
use piao_protocol::body;
use piao_protocol::jwk::Jwk;
use piao_protocol::jws::SigningKey;

/// Type, body, service, path. In body and path HW stands for an enterprise, ME for the signer, ID for a transition,
/// KID and JWK for a key, NO for an invoice's number.
#[rustfmt::skip]
const ROWS: &[(&str, &str, Service, &str)] = &[
    ("party.register", r#"{"party":"HW","name":"华为技术有限公司","region":"440300","industry":"C39","key":JWK}"#, Registry, "/v1/parties"),
    ("party.enroll", r#"{"key":JWK}"#, Registry, "/v1/parties"),
    ("party.suspend", r#"{"party":"HW","reason":"r"}"#, Registry, "/v1/parties/HW:suspend"),
    ("party.reinstate", r#"{"party":"HW","reason":"r"}"#, Registry, "/v1/parties/HW:reinstate"),
    ("key.add", r#"{"key":JWK}"#, Registry, "/v1/parties/ME/keys"),
    ("key.revoke", r#"{"kid":"KID"}"#, Registry, "/v1/parties/ME/keys/KID:revoke"),
    ("key.reset", r#"{"party":"HW","key":JWK,"reason":"r"}"#, Registry, "/v1/parties/HW:reset"),
    ("rules.deploy", include_str!("../../../examples/rules/shenzhen-2026.json"), Rules, "/v1/rule-sets"),
    ("rules.activate", r#"{"id":"a","version":2,"from":"2026-10-01"}"#, Rules, "/v1/rule-sets/a/2:activate"),
    ("rules.retire", r#"{"id":"a","version":2}"#, Rules, "/v1/rule-sets/a/2:retire"),
    ("quota.apply", r#"{"month":"2026-10","amount":1,"count":1}"#, Issuance, "/v1/quotas"),
    ("quota.grant", r#"{"application":"ID","issuer":"HW","month":"2026-10","amount":1,"count":1}"#, Issuance, "/v1/quotas/ID:grant"),
    ("quota.adjust", r#"{"application":"ID","issuer":"HW","month":"2026-10","amount":1,"count":1}"#, Issuance, "/v1/quotas/ID:adjust"),
    ("quota.refuse", r#"{"application":"ID","issuer":"HW","month":"2026-10","reason":"r"}"#, Issuance, "/v1/quotas/ID:refuse"),
    ("invoice.issue", r#"{"number":"NO","kind":"plain","buyer":{"type":"none"},"lines":[{"nature":"normal","category":"3010101020202000000","item":"*运输服务*地铁乘车费","treatment":"0.09","entered":"net","amount":545,"tax":49}],"amount":545,"tax":49,"total":594}"#, Issuance, "/v1/invoices"),
    ("claim.take", r#"{"invoice":"NO"}"#, Claims, "/v1/claims"),
    ("claim.present", r#"{"invoice":"NO","party":"HW"}"#, Claims, "/v1/invoices/NO/presentations"),
    ("claim.withdraw", r#"{"invoice":"NO","party":"HW"}"#, Claims, "/v1/invoices/NO/presentations/HW:withdraw"),
    ("reimbursement.lock", r#"{"invoice":"NO","claim_ref":"c","amount":1,"lease_seconds":60}"#, Reimbursement, "/v1/locks"),
    ("reimbursement.renew", r#"{"invoice":"NO","lock":"ID","token":1,"lease_seconds":60}"#, Reimbursement, "/v1/locks/ID:renew"),
    ("reimbursement.release", r#"{"invoice":"NO","lock":"ID","token":1}"#, Reimbursement, "/v1/locks/ID:release"),
    ("reimbursement.settle", r#"{"invoice":"NO","lock":"ID","token":1}"#, Reimbursement, "/v1/locks/ID:settle"),
    ("reimbursement.force_release", r#"{"invoice":"NO","party":"HW","reason":"r"}"#, Reimbursement, "/v1/invoices/NO:force-release"),
    ("booking.book", r#"{"invoice":"NO","state":"02"}"#, Reimbursement, "/v1/bookings"),
    ("booking.unbook", r#"{"invoice":"NO"}"#, Reimbursement, "/v1/bookings/NO:unbook"),
];

const ME: &str = "uscc:9144030027939873X7";

fn filled(text: &str) -> String {
    let key = SigningKey::from_secret(Algorithm::EdDsa, &[7; 32]).unwrap();
    text.replace("HW", "uscc:914403001922038216")
        .replace("ME", ME)
        .replace("KID", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        .replace("ID", &"5a".repeat(32))
        .replace("NO", "26950000000000000001")
        .replace("JWK", &serde_json::to_string(&Jwk::new(*key.public()).unwrap()).unwrap())
}

#[test]
fn every_transition_type_has_its_place() {
    let signer = PartyId::parse(ME).unwrap();
    let mut met = BTreeSet::new();
    for (kind, text, service, path) in ROWS {
        let body = body::parse(kind, &filled(text)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let route = route_of(&signer, body.command());
        assert_eq!((route.service, route.path), (*service, filled(path)), "{kind}");
        met.insert(body.kind());
    }
    assert_eq!(met, Kind::ALL.iter().copied().collect());
    assert_eq!(TRANSITIONS, "/v1/transitions");
}
