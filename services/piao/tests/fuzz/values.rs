//! The doors of single values: each text that passes is the one text of its value.

use piao_client::{HandOverQr, PrintedQr};
use piao_domain::category::{CategoryCode, CategoryPrefix, ItemName};
use piao_domain::content::LegacyTaxId;
use piao_domain::decimal::Decimal;
use piao_domain::ids::{ChainId, ClaimRef, Code, OrderRef, PartyId, PersonId, RuleSetId, TransitionId};
use piao_domain::number::{InvoiceNumber, NumberPrefix};
use piao_domain::party::{Industry, Region};
use piao_domain::rate::TaxRate;
use piao_domain::time::{Date, Month};
use piao_domain::uppercase;
use piao_domain::uscc::Uscc;
use piao_protocol::jwk;

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
        let taken = any_takes!(text;
            Uscc::parse, InvoiceNumber::parse, NumberPrefix::parse, PartyId::parse, PersonId::parse,
            ChainId::parse, Code::parse, RuleSetId::parse, ClaimRef::parse, OrderRef::parse,
            TransitionId::parse_hex, Decimal::parse, TaxRate::parse, Month::parse, Date::parse, Region::parse,
            Industry::parse, CategoryCode::parse, CategoryPrefix::parse, ItemName::parse, LegacyTaxId::parse,
        );
        taken || words.is_ok()
    });
}

#[test]
fn a_damaged_qr_text_is_refused_or_written_back_the_same() {
    corpus("qr", LINE_BYTES_MAX).feed(|bytes| any_takes!(text(bytes); PrintedQr::parse, HandOverQr::parse));
}
