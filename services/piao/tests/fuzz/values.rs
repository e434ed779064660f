//! The doors of single values: each text that passes is the one text of its value.

use piao_bus::{NamePrefix, ServiceName};
use piao_client::{Endpoints, HandOverQr, PrintedQr, Service};
use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::command::Kind;
use piao_domain::content::LegacyTaxId;
use piao_domain::decimal::Decimal;
use piao_domain::ids::{ChainId, ClaimRef, Code, OrderRef, PartyId, PersonId, RuleSetId, TransitionId};
use piao_domain::number::{InvoiceNumber, NumberPrefix};
use piao_domain::party::{Industry, Region};
use piao_domain::rate::TaxRate;
use piao_domain::rejection::Check;
use piao_domain::time::{Date, Month};
use piao_domain::uppercase;
use piao_domain::uscc::Uscc;
use piao_protocol::digest::TreeHash;
use piao_protocol::encoding::{base64, base64url, hex};
use piao_protocol::jwk;
use piao_protocol::jws::Nonce;
use piao_store::Schema;

use crate::{LINE_BYTES_MAX, corpus, text};

/// Whether any of some types takes a text; each that does writes it back.
macro_rules! any_takes {
    ($text:expr; $($door:path),+ $(,)?) => {
        [$(match $door($text) {
            Ok(value) => {
                assert_eq!(value.to_string(), $text, stringify!($door));
                true
            }
            Err(_) => false,
        }),+].contains(&true)
    };
}

#[test]
fn a_damaged_value_is_refused_or_written_back_the_same() {
    corpus("value", LINE_BYTES_MAX).feed(|bytes| {
        let text = text(bytes);
        if let Ok(kid) = jwk::parse_kid(text) {
            assert_eq!(jwk::kid(&kid), text);
        }
        // An amount in words has more than one writing, and ours is one of them.
        let words = uppercase::read(text);
        if let Ok(amount) = words {
            assert_eq!(uppercase::read(&uppercase::write(amount)), Ok(amount), "{text}");
        }
        let written = [
            base64url::decode(text).map(|bytes| base64url::encode(&bytes)),
            base64::decode(text).map(|bytes| base64::encode(&bytes)),
            hex::decode_array::<32>(text).map(|bytes| hex::encode(&bytes)),
        ];
        written.iter().flatten().for_each(|again| assert_eq!(again, text));
        // Words of closed lists.
        let words_known = [Kind::parse(text).map(Kind::as_str), Check::parse(text).map(Check::as_str)];
        words_known.iter().flatten().for_each(|again| assert_eq!(*again, text));
        let taken = any_takes!(text;
            Uscc::parse, InvoiceNumber::parse, NumberPrefix::parse, PartyId::parse, PersonId::parse,
            ChainId::parse, Code::parse, RuleSetId::parse, ClaimRef::parse, OrderRef::parse,
            TransitionId::parse_hex, Decimal::parse, TaxRate::parse, Month::parse, Date::parse, Region::parse,
            Industry::parse, CategoryCode::parse, CategoryPrefix::parse, ItemName::parse, LegacyTaxId::parse,
            Nonce::parse, TreeHash::parse_hex,
        );
        taken || words.is_ok() || written.iter().any(Result::is_ok) || words_known.iter().any(Option::is_some)
    });
}

#[test]
fn a_damaged_setting_is_refused_or_kept_as_it_is() {
    corpus("setting", LINE_BYTES_MAX).feed(|bytes| {
        let text = text(bytes);
        let names = [
            ServiceName::parse(text).map(|name| name.as_str().to_owned()).ok(),
            NamePrefix::parse(text).map(|name| name.as_str().to_owned()).ok(),
            Schema::parse(text).map(|name| name.as_str().to_owned()).ok(),
        ];
        let named = names.into_iter().flatten().inspect(|name| {
            assert_eq!(name, text);
            assert!(
                (1..=64).contains(&name.len()) && name.is_ascii(),
                "it stands in names of queues and tables"
            );
        });
        let named = named.count() > 0;
        let service = Endpoints::one(text);
        if let Ok(endpoints) = &service {
            let base = endpoints.base(Service::Ledger);
            assert_eq!(Endpoints::one(base).as_ref(), Ok(endpoints), "{base}");
        }
        named || service.is_ok()
    });
}

#[test]
fn a_damaged_routing_key_is_no_height_or_the_one_that_it_says() {
    corpus("routing-key", LINE_BYTES_MAX).feed(|bytes| {
        let Some(height) = piao_bus::rabbitmq::height_of(text(bytes)) else { return false };
        assert_eq!(text(bytes), format!("block.{height}"), "an announcement has one routing key");
        true
    });
}

#[test]
fn a_damaged_qr_text_is_refused_or_written_back_the_same() {
    corpus("qr", LINE_BYTES_MAX).feed(|bytes| any_takes!(text(bytes); PrintedQr::parse, HandOverQr::parse));
}
