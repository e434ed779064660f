//! Read tokens that open, and others with one difference each and why they do not.

use ed25519_dalek::Signer as _;
use piao_domain::ids::{ChainId, PartyId};
use piao_domain::key::Algorithm;
use piao_domain::time::Time;
use piao_protocol::encoding::base64url;
use piao_protocol::jwk;
use piao_protocol::jws::SigningKey;
use serde_json::{Value, json};

use super::{signers, with_the_other_s};

const NOW: i64 = 1_790_000_000;

/// Whose key judges it, the token, and what comes of it.
struct Row(&'static str, &'static str, String, &'static str);

/// The chain that the tokens are for, the time at which they are judged, and the rows.
pub(crate) fn all(chain: &ChainId) -> Value {
    let mut rows = well_formed(chain);
    rows.extend(by_hand(chain));
    let row = |Row(name, alg, token, expect): &Row| {
        let parts = token.split('.').take(2).map(|part| base64url::decode(part).unwrap_or_default());
        let parts = parts.map(|part| String::from_utf8(part).unwrap_or_default()).collect::<Vec<_>>();
        json!({ "name": name, "alg": alg, "header": parts[0], "claims": parts[1], "token": token, "expect": expect })
    };
    json!({ "chain": chain.to_string(), "now": NOW, "rows": rows.iter().map(row).collect::<Vec<_>>() })
}

fn well_formed(chain: &ChainId) -> Vec<Row> {
    let other = ChainId::parse("elsewhere-00000000000000000000000000000000").expect("a chain id");
    let token = |alg: &str, chain: &ChainId, seconds: i64| {
        let (_, key, party) = signers().into_iter().find(|(name, _, _)| *name == alg).expect(alg);
        let (party, now) = (PartyId::parse(&party).expect("a party"), Time::from_unix(NOW));
        key.sign_read_token(&party, chain, now, now.plus(seconds))
    };
    let strange = SigningKey::from_secret(Algorithm::EdDsa, &[4; 32]).expect("a private key");
    let (_, _, party) = signers().remove(2);
    let (party, now) = (PartyId::parse(&party).expect("a party"), Time::from_unix(NOW));
    let strange = strange.sign_read_token(&party, chain, now, now.plus(300));
    vec![
        Row("by_es256k", "ES256K", token("ES256K", chain, 300), "accepted"),
        Row("by_es256", "ES256", token("ES256", chain, 300), "accepted"),
        Row("by_eddsa", "EdDSA", token("EdDSA", chain, 300), "accepted"),
        Row(
            "by_es256k_with_the_other_s",
            "ES256K",
            with_the_other_s(&token("ES256K", chain, 300)),
            "accepted",
        ),
        Row("one_second_left", "EdDSA", token("EdDSA", chain, 1), "accepted"),
        Row("no_second_left", "EdDSA", token("EdDSA", chain, 0), "expired"),
        Row("good_for_too_long", "EdDSA", token("EdDSA", chain, 301), "too_long"),
        Row("for_another_chain", "EdDSA", token("EdDSA", &other, 300), "audience"),
        Row("by_a_key_that_is_not_the_party_s", "EdDSA", strange, "key"),
    ]
}

/// Tokens that our own signer does not make, all of them signed as they stand by the EdDSA key.
fn by_hand(chain: &ChainId) -> Vec<Row> {
    let (_, key, party) = signers().remove(2);
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"JWT"}}"#, jwk::kid(&key.id()));
    let claims = format!(r#"{{"iss":"{party}","aud":"{chain}","exp":{},"iat":{NOW}}}"#, NOW + 300);
    let sign = |header: &str, claims: &str| {
        let input = [header, claims].map(|part| base64url::encode(part.as_bytes())).join(".");
        let signature = ed25519_dalek::SigningKey::from_bytes(&key.secret()).sign(input.as_bytes());
        format!("{input}.{}", base64url::encode(&signature.to_bytes()))
    };
    let row = |name, header: &str, claims: &str, expect| Row(name, "EdDSA", sign(header, claims), expect);
    let headed =
        |name, old: &str, new: &str, expect| row(name, &header.replacen(old, new, 1), &claims, expect);
    let claimed = |name, old: &str, new: &str| row(name, &header, &claims.replacen(old, new, 1), "malformed");
    let exp = format!(r#""exp":{}"#, NOW + 300);
    let good = sign(&header, &claims);
    let (input, signature) = good.rsplit_once('.').expect("three parts");
    let signature = base64url::decode_array::<64>(signature).expect("64 bytes");
    let signed = |name, signature: &[u8; 64]| {
        Row(name, "EdDSA", format!("{input}.{}", base64url::encode(signature)), "signature")
    };
    let cut = |name, token: String| Row(name, "EdDSA", token, "malformed");
    let mut flipped = signature;
    flipped[40] ^= 1;
    let last = good.chars().next_back().expect("a character");
    // Canonical ends are A, Q, g and w: the next letter differs in a bit that is thrown away.
    let loose = char::from_u32(u32::from(last) + 1).expect("a letter");
    vec![
        row("with_spaces", &header.replace(',', ", "), &claims.replace(',', ", "), "accepted"),
        headed("with_the_algorithm_of_another_key", "EdDSA", "ES256", "algorithm"),
        signed("with_a_bit_of_the_signature_flipped", &flipped),
        signed("with_an_s_that_is_not_reduced", &not_reduced(signature)),
        headed("with_the_typ_of_a_transition", "JWT", "piao-transition+jws", "malformed"),
        headed("without_typ", r#","typ":"JWT""#, "", "malformed"),
        headed("with_crit", "{", r#"{"crit":["exp"],"#, "malformed"),
        headed("with_alg_none", "EdDSA", "none", "malformed"),
        claimed("with_a_claim_more", "{", r#"{"nbf":1790000000,"#),
        claimed("without_iat", &format!(r#","iat":{NOW}"#), ""),
        claimed("with_exp_twice", &exp, &format!("{exp},{exp}")),
        claimed("with_a_fraction", &exp, &format!("{exp}.0")),
        claimed("with_exp_as_a_text", &exp, r#""exp":"1790000300""#),
        claimed("with_an_exp_that_is_null", &exp, r#""exp":null"#),
        claimed("with_several_audiences", &format!(r#""{chain}""#), &format!(r#"["{chain}"]"#)),
        claimed("with_a_check_digit_that_is_wrong", &party, "uscc:914403007084611361"),
        claimed("with_more_than_4_kib", "{", &format!("{{{}", " ".repeat(4_096))),
        cut("with_padding", format!("{good}==")),
        cut("with_loose_bits", format!("{}{loose}", &good[..good.len() - 1])),
        cut("with_four_parts", format!("{good}.AA")),
        cut("without_a_signature", format!("{input}.")),
    ]
}

/// The same Ed25519 signature with S + L in place of S, which RFC 8032 §5.1.7 refuses.
fn not_reduced(mut signature: [u8; 64]) -> [u8; 64] {
    const L: [u8; 16] =
        [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
    let mut carry = 0;
    for place in 0..32 {
        let digit = if place == 31 { 0x10 } else { L.get(place).copied().unwrap_or_default() };
        let sum = u16::from(signature[32 + place]) + u16::from(digit) + carry;
        signature[32 + place] = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}
