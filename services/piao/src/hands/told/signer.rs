use piao_client::Identity;
use piao_domain::ids::PartyId;
use piao_protocol::jwk::kid;

use super::super::language::Language;

/// What whoever acts with a key that the services do not take is told.
pub(super) struct Unknown {
    pub(super) what: String,
    pub(super) next: String,
}

/// That the key is not registered, and who can change that; nothing where the code says something else.
pub(super) fn unknown(code: &str, identity: &Identity, language: Language) -> Option<Unknown> {
    let (party, key) = (identity.party(), kid(&identity.kid()));
    let what = match (code, language) {
        ("unknown_party", Language::Zh) => format!("{party} 尚未登记，其密钥 {key} 也就无效"),
        ("unknown_party", Language::En) => {
            format!("{party} is not registered, so its key {key} opens nothing")
        }
        ("unknown_key", Language::Zh) => format!("密钥 {key} 没有登记在 {party} 名下"),
        ("unknown_key", Language::En) => format!("key {key} is not registered for party {party}"),
        // A read tells nobody whether it is the party, the key, the chain or the time that is not right.
        ("unauthorized", Language::Zh) => {
            format!("{party} 的密钥 {key} 不被接受：没有登记、已撤销、属于另一条链，或时钟相差过大")
        }
        ("unauthorized", Language::En) => format!(
            "key {key} of {party} is not taken: it is not registered, no longer live, of another chain, or the clocks \
             are apart"
        ),
        _ => return None,
    };
    let no_party = code == "unknown_party";
    let add = match language {
        Language::Zh => "用该主体的有效密钥添加：piao key add 文件 --key 有效密钥文件",
        Language::En => "let a live key of the party add it: piao key add FILE --key LIVE",
    };
    let first = first_key(party, language);
    let next = match (no_party, first) {
        (true, Some(first)) => first,
        (false, Some(first)) => match language {
            Language::Zh => format!("{add}；若该主体尚未登记，{first}"),
            Language::En => format!("{add}; where the party is not registered yet, {first}"),
        },
        (_, None) => add.to_owned(),
    };
    Some(Unknown { what, next })
}

/// How a party gets its first key onto the ledger.
fn first_key(party: &PartyId, language: Language) -> Option<String> {
    match (party, language) {
        (PartyId::Enterprise(uscc), Language::Zh) => {
            Some(format!("由税务局登记：piao party register {uscc} … --public-key 文件"))
        }
        (PartyId::Enterprise(uscc), Language::En) => {
            Some(format!("let a bureau register it: piao party register {uscc} … --public-key FILE"))
        }
        (PartyId::Person(_), Language::Zh) => Some("自行登记：piao party enroll --key 文件".to_owned()),
        (PartyId::Person(_), Language::En) => Some("enroll: piao party enroll --key FILE".to_owned()),
        // The genesis file names them, or they are of another chain.
        (PartyId::Bureau(_) | PartyId::Node(_), Language::Zh | Language::En) => None,
    }
}

#[cfg(test)]
mod tests {
    use piao_client::Sources;
    use piao_domain::key::Algorithm;

    use super::*;

    #[test]
    fn an_unknown_key_is_told_with_its_party_and_who_can_register_it() {
        let check = |code: &str, party: &str, next: Option<&[&str]>| {
            let party = PartyId::parse(party).unwrap();
            let identity = Identity::generate(party.clone(), Algorithm::EdDsa, &Sources::system()).unwrap();
            for language in [Language::Zh, Language::En] {
                let told = unknown(code, &identity, language);
                assert_eq!(told.is_some(), next.is_some(), "{code} {party}");
                let (Some(told), Some(next)) = (told, next) else { continue };
                for part in [party.to_string(), kid(&identity.kid())] {
                    assert!(told.what.contains(&part), "{}", told.what);
                }
                for part in next {
                    assert!(told.next.contains(part), "{}", told.next);
                }
            }
        };
        let (enterprise, person) = ("uscc:91440300708461136T", "person:abcdefghijklmnopqrstuvwxya");
        check("unknown_party", enterprise, Some(&["piao party register 91440300708461136T"]));
        check("unknown_party", person, Some(&["piao party enroll"]));
        check("unknown_key", enterprise, Some(&["piao key add", "piao party register"]));
        check("unauthorized", person, Some(&["piao key add", "piao party enroll"]));
        check("unknown_key", "bureau:shenzhen", Some(&["piao key add"]));
        check("forbidden", enterprise, None);
        check("bad_signature", enterprise, None);
    }
}
