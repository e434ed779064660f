//! Read tokens.

use piao_domain::ids::ChainId;
use piao_domain::time::Time;
use piao_protocol::encoding::base64url;
use piao_protocol::jws::{ReadTokenError, SignatureError, UnverifiedReadToken};

use crate::given::{ALGORITHMS, chain, key, party, prepared, signed};

const NOW: Time = Time::from_unix(1_790_000_000);

#[test]
fn a_token_is_good_for_its_chain_until_it_expires() {
    let other = ChainId::parse("beijing-0123456789abcdef0123456789abcdef").unwrap();
    for algorithm in ALGORITHMS {
        let key = key(algorithm, 1);
        let check = |aud: &ChainId, seconds: i64, expect: Result<(), ReadTokenError>| {
            let text = key.sign_read_token(&party(), aud, NOW, NOW.plus(seconds));
            let token = UnverifiedReadToken::parse(text).unwrap();
            assert_eq!((token.kid(), token.party()), (key.id(), &party()));
            let token = token.verify(&prepared(&key), &chain(), NOW);
            assert_eq!(token.map(|token| assert_eq!(token.exp(), NOW.plus(seconds))), expect);
        };
        check(&chain(), 300, Ok(()));
        check(&chain(), 1, Ok(()));
        check(&chain(), 0, Err(ReadTokenError::Expired));
        check(&chain(), -1, Err(ReadTokenError::Expired));
        check(&chain(), 301, Err(ReadTokenError::TooLong));
        check(&other, 300, Err(ReadTokenError::Audience));
    }
}

#[test]
fn a_token_of_another_key_is_refused() {
    for algorithm in ALGORITHMS {
        let text = key(algorithm, 1).sign_read_token(&party(), &chain(), NOW, NOW.plus(60));
        let by = |number| {
            let token = UnverifiedReadToken::parse(text.as_str()).unwrap();
            token.verify(&prepared(&key(algorithm, number)), &chain(), NOW)
        };
        assert_eq!(by(2), Err(ReadTokenError::Signature(SignatureError::Key)));
        assert!(by(1).is_ok());
    }
}

#[test]
fn a_token_is_no_transition_nor_the_other_way_round() {
    for algorithm in ALGORITHMS {
        assert!(UnverifiedReadToken::parse(signed(algorithm, 1)).is_err());
        let text = key(algorithm, 1).sign_read_token(&party(), &chain(), NOW, NOW.plus(60));
        assert!(piao_protocol::jws::Unverified::parse(text).is_err());
    }
}

#[test]
fn a_token_has_four_claims_and_no_other() {
    let text = key(ALGORITHMS[0], 1).sign_read_token(&party(), &chain(), NOW, NOW.plus(60));
    let mut parts = text.split('.');
    let (header, claims, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let claims = String::from_utf8(base64url::decode(claims).unwrap()).unwrap();
    let check = |claims: &str, good: bool| {
        let text = format!("{header}.{}.{signature}", base64url::encode(claims.as_bytes()));
        assert_eq!(UnverifiedReadToken::parse(text).is_ok(), good, "{claims}");
    };
    check(&claims, true);
    check(&claims.replacen('{', r#"{"nbf":1,"#, 1), false);
    check(&claims.replacen('{', r#"{"exp":1,"#, 1), false);
    check(&claims.replacen("\"iat\":1790000000", "\"iat\":1790000000.0", 1), false);
    check("{}", false);
    check(&claims.replacen("uscc:", "", 1), false);
}
