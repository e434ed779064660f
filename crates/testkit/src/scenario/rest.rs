use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk::kid;

use super::contention::{RIVALS, claim_key, holder, take};
use super::{Phase, number};
use crate::actor::Actor;
use crate::body;
use crate::chain::TestChain;

const ISSUER: &str = "uscc:91440300708461136T";

/// At least one transition of every type that a [`contention`](super::contention) over so many invoices has none of, to
/// be decided after it. Each is accepted once those of the phases before are decided.
///
/// # Panics
/// Never: every party and body is made here.
#[must_use]
pub fn rest(chain: &TestChain, at: Time, invoices: u32) -> Vec<Phase> {
    let (id, bureau) = (chain.id(), &chain.bureau);
    let issuer = Actor::new(ISSUER, Algorithm::Es256);
    let changed = Actor::new(ISSUER, Algorithm::EdDsa);
    let [first, second] = [RIVALS[0], RIVALS[1]].map(|(party, algorithm)| Actor::new(party, algorithm));
    let holder = holder(0);

    // More than is granted at once.
    let apply = |count: u32| {
        let body = format!(r#"{{"month":"{}","amount":900000000000001,"count":{count}}}"#, at.month());
        issuer.sign(id, at, "quota.apply", &body)
    };
    let (granted, refused) = (apply(3), apply(4));
    let application = |applied: &crate::actor::Signed, rest: &str| {
        let month = at.month();
        format!(r#"{{"application":"{}","issuer":"{ISSUER}","month":"{month}",{rest}}}"#, applied.id)
    };
    let bureau_signs = |kind: &str, body: &str| bureau.sign(id, at, kind, body);
    let grant = bureau_signs("quota.grant", &application(&granted, r#""amount":1000000,"count":3"#));
    let adjust = bureau_signs("quota.adjust", &application(&granted, r#""amount":2000000,"count":5"#));
    let refuse = bureau_signs("quota.refuse", &application(&refused, r#""reason":"too-much""#));
    let add = issuer.sign(id, at, "key.add", &format!(r#"{{"key":{}}}"#, changed.jwk_json()));
    let quota = vec![granted, refused, grant, adjust, refuse, add];

    let number = number(at, u64::from(invoices) + 1);
    let secret = claim_key(usize::MAX);
    let ordered = body::issue(&number, None, Some(&base64url::encode(secret.key().as_bytes()))).replace(
        r#""lines":["#,
        &format!(r#""order":{{"reference":"SO-1","digest":"{}"}},"lines":["#, "0".repeat(64)),
    );
    let revoke = changed.sign(id, at, "key.revoke", &format!(r#"{{"kid":"{}"}}"#, kid(&issuer.key.id())));
    let locked = first.sign(id, at, "reimbursement.lock", &body::lock(&number, "R-1"));
    let renew = body::use_lock(&number, &locked.id, 1).replace('}', r#","lease_seconds":172800}"#);
    let of_invoice = format!(r#"{{"invoice":"{number}"}}"#);
    let force = format!(r#"{{"invoice":"{number}","party":"{}","reason":"court-order"}}"#, first.party);
    let life = vec![
        revoke,
        changed.sign(id, at, "invoice.issue", &ordered),
        take(id, at, &holder, &number, &secret),
        holder.sign(id, at, "claim.present", &body::present(&number, &first)),
        holder.sign(id, at, "claim.present", &body::present(&number, &second)),
        holder.sign(id, at, "claim.withdraw", &body::present(&number, &second)),
        locked,
        first.sign(id, at, "reimbursement.renew", &renew),
        first.sign(id, at, "booking.book", &body::book(&number)),
        first.sign(id, at, "booking.unbook", &of_invoice),
        bureau_signs("reimbursement.force_release", &force),
    ];

    let because = |party: &Actor| format!(r#"{{"party":"{}","reason":"inspection"}}"#, party.party);
    let reset = format!(r#"{{"party":"{ISSUER}","key":{},"reason":"keys-lost"}}"#, second_key().jwk_json());
    let bureau = vec![
        bureau_signs("party.suspend", &because(&second)),
        bureau_signs("party.reinstate", &because(&second)),
        bureau_signs("key.reset", &reset),
        bureau_signs("rules.deploy", &body::rules(2)),
        bureau_signs("rules.retire", r#"{"id":"test","version":1}"#),
    ];
    vec![
        Phase { name: "another issuer", transitions: vec![chain.register(at, &issuer)] },
        Phase { name: "quota and keys", transitions: quota },
        Phase { name: "an invoice's life", transitions: life },
        Phase { name: "what a bureau ends", transitions: bureau },
    ]
}

fn second_key() -> Actor {
    Actor::new(ISSUER, Algorithm::Es256k)
}
