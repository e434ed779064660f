//! Read tokens, signed with the caller's own key and kept until shortly before they expire.

use std::sync::{Mutex, PoisonError};

use piao_domain::ids::ChainId;
use piao_domain::time::Time;

use crate::identity::Identity;

/// Below the five minutes allowed, so that a service whose clock is a minute behind still takes it.
const LIFE_SECONDS: i64 = 240;
/// Signed anew when less than this is left: a request under way must not meet its end.
const REST_SECONDS: i64 = 60;

/// The last token signed.
#[derive(Default)]
pub(crate) struct TokenCache(Mutex<Option<Kept>>);

struct Kept {
    text: String,
    from: Time,
    until: Time,
}

impl TokenCache {
    /// A token that is good for a while from now on.
    pub(crate) fn token(&self, chain: &ChainId, identity: &Identity, now: Time) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back makes a token that is good for too long.
        if let Some(kept) = kept.as_ref().filter(|kept| kept.from <= now && now < kept.until) {
            return kept.text.clone();
        }
        let exp = now.plus(LIFE_SECONDS);
        let text = identity.key().sign_read_token(identity.party(), chain, now, exp);
        *kept = Some(Kept { text: text.clone(), from: now, until: exp.plus(-REST_SECONDS) });
        text
    }
}

#[cfg(test)]
mod tests {
    use piao_domain::ids::PartyId;
    use piao_domain::key::Algorithm;
    use piao_protocol::jws::{PreparedKey, SigningKey, UnverifiedReadToken};

    use super::*;

    #[test]
    fn a_token_is_kept_while_it_lasts_and_opens_reads() {
        let chain = ChainId::parse("shenzhen-0123456789abcdef0123456789abcdef").unwrap();
        let party = PartyId::parse("uscc:91440300708461136T").unwrap();
        let key = SigningKey::from_secret(Algorithm::Es256k, &[7; 32]).unwrap();
        let prepared = PreparedKey::new(key.public()).unwrap();
        let identity = Identity::new(party.clone(), key);
        let cache = TokenCache::default();
        let at = |second: i64| Time::from_unix(1_790_000_000 + second);

        let first = cache.token(&chain, &identity, at(0));
        let read =
            UnverifiedReadToken::parse(first.as_str()).unwrap().verify(&prepared, &chain, at(200)).unwrap();
        assert_eq!((read.party(), read.exp()), (&party, at(240)));

        let check = |second: i64, same: bool| {
            let token = cache.token(&chain, &identity, at(second));
            assert_eq!(token == first, same, "after {second} s");
        };
        check(179, true);
        check(180, false);
        check(181, false);
        check(100, false);
    }
}
