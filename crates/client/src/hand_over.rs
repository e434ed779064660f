//! The QR texts of an invoice (domain §8): the printed one, and the one that hands it over.
//!
//! `https://<host>/verify?number=<20 digits>&total=<fen>&id=<16 hex>`, and to hand it over `#claim=<43 base64url>` after
//! it. A fragment is never sent to a server, so whoever verifies the invoice learns nothing that lets them claim it.

use std::fmt;

use piao_domain::ids::TransitionId;
use piao_domain::money::Fen;
use piao_domain::number::InvoiceNumber;
use piao_protocol::claim::ClaimSecret;
use piao_protocol::encoding::{base64url, hex};
use reqwest::Url;
use thiserror::Error;

const PATH: &str = "/verify";
const CLAIM: &str = "claim=";

/// A text that is no QR text of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be {expected}")]
pub struct BadQr {
    /// What would have been read.
    pub expected: &'static str,
}

const SHAPE: BadQr = BadQr {
    expected: "https://<host>/verify?number=<20 digits>&total=<fen>&id=<16 hex digits>, perhaps #claim=<key>",
};

/// What is printed on an invoice: enough to find it and to see that it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintedQr {
    host: String,
    /// Its number.
    pub number: InvoiceNumber,
    /// 价税合计, above zero.
    pub total: Fen,
    /// The first 8 bytes of the id of the transition that issued it.
    pub id_start: [u8; 8],
}

/// What hands an unclaimed invoice over: whoever has it can claim the invoice. Its `Display` is the secret text, its
/// `Debug` is not.
#[derive(Debug)]
pub struct HandOverQr {
    /// What is printed, too.
    pub printed: PrintedQr,
    /// The claim key's private half.
    pub secret: ClaimSecret,
}

impl PrintedQr {
    /// Describes an invoice. `host` answers for verification, with a port where it needs one: `piao.example:8443`.
    ///
    /// # Errors
    /// [`BadQr`] for what is no host, and a total that is not above zero.
    pub fn new(
        host: &str,
        number: InvoiceNumber,
        total: Fen,
        issued_by: &TransitionId,
    ) -> Result<Self, BadQr> {
        let mut id_start = [0; 8];
        id_start.copy_from_slice(&issued_by.as_bytes()[..8]);
        let made = Self { host: host.to_owned(), number, total, id_start };
        // The reader decides what a host is.
        Self::parse(&made.to_string())
    }

    /// Reads a printed QR text.
    ///
    /// # Errors
    /// [`BadQr`] for any other text than one that `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadQr> {
        let url = Url::parse(text).map_err(|_| SHAPE)?;
        let host = text.strip_prefix("https://").and_then(|rest| rest.split_once('/')).ok_or(SHAPE)?.0;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SHAPE);
        }
        let mut members = url.query().ok_or(SHAPE)?.split('&');
        let mut member = |name: &str| {
            members
                .next()
                .and_then(|member| member.split_once('='))
                .filter(|(key, _)| *key == name)
                .ok_or(SHAPE)
        };
        let number = InvoiceNumber::parse(member("number")?.1).map_err(|_| SHAPE)?;
        let total = member("total")?.1.parse().ok().and_then(|fen| Fen::new(fen).ok()).ok_or(SHAPE)?;
        let id_start = hex::decode_array(member("id")?.1).map_err(|_| SHAPE)?;
        let read = Self { host: host.to_owned(), number, total, id_start };
        // One invoice has one text on one host: what is written otherwise is something else.
        if total > Fen::ZERO && read.to_string() == text && url.as_str() == text {
            Ok(read)
        } else {
            Err(SHAPE)
        }
    }

    /// Who answers for verification.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Adds the claim key, which makes it the text to hand over.
    #[must_use]
    pub const fn hand_over(self, secret: ClaimSecret) -> HandOverQr {
        HandOverQr { printed: self, secret }
    }
}

impl HandOverQr {
    /// Reads a hand-over QR text.
    ///
    /// # Errors
    /// [`BadQr`] for any other text than one that `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadQr> {
        let (printed, fragment) = text.split_once('#').ok_or(SHAPE)?;
        let seed = fragment.strip_prefix(CLAIM).ok_or(SHAPE)?;
        let secret = ClaimSecret::from_seed(&base64url::decode_array(seed).map_err(|_| SHAPE)?);
        Ok(PrintedQr::parse(printed)?.hand_over(secret))
    }
}

impl fmt::Display for PrintedQr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, number, total, id_start } = self;
        write!(f, "https://{host}{PATH}?number={number}&total={}&id={}", total.get(), hex::encode(id_start))
    }
}

impl fmt::Display for HandOverQr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{CLAIM}{}", self.printed, base64url::encode(&self.secret.seed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str =
        "https://piao.example:8443/verify?number=26950000000000000001&total=659800&id=0102030405060708";
    const KEY: &str = "#claim=BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

    fn printed(host: &str, total: i64) -> Result<PrintedQr, BadQr> {
        let number = InvoiceNumber::parse("26950000000000000001").unwrap();
        let id = TransitionId::parse_hex(&("0102030405060708".to_owned() + &"ff".repeat(24))).unwrap();
        PrintedQr::new(host, number, Fen::new(total).unwrap(), &id)
    }

    #[test]
    fn texts_are_written_and_read_back() {
        let made = printed("piao.example:8443", 659_800).unwrap();
        assert_eq!(made.to_string(), PRINTED);
        assert_eq!(PrintedQr::parse(PRINTED), Ok(made.clone()));
        let secret = made.hand_over(ClaimSecret::from_seed(&[7; 32]));
        assert_eq!(secret.to_string(), format!("{PRINTED}{KEY}"));
        let read = HandOverQr::parse(&secret.to_string()).unwrap();
        assert_eq!((read.secret.seed(), read.printed), ([7; 32], secret.printed));
    }

    #[test]
    fn what_no_writer_writes_is_refused() {
        for (from, to) in [
            ("https", "http"),
            ("https", "HTTPS"),
            ("verify", "verif"),
            ("piao.example", ""),
            ("piao.example", "user@piao.example"),
            ("piao.example", "Piao.example"),
            ("piao.example:8443", "piao.example:443"),
            ("8443", "x"),
            ("number", "nummer"),
            ("2695", "695"),
            ("total=", "total=-"),
            ("total=", "total=+"),
            ("total=", "total=0"),
            ("659800", "0"),
            ("659800", "9007199254740992"),
            ("659800", "6598.00"),
            ("0102", "01"),
            ("0708", "070G"),
            ("&id", "&more=1&id"),
            ("0708", "0708&more=1"),
        ] {
            let text = PRINTED.replace(from, to);
            assert_ne!(text, PRINTED);
            assert!(PrintedQr::parse(&text).is_err(), "{text}");
            assert!(HandOverQr::parse(&format!("{text}{KEY}")).is_err(), "{text}");
        }
        for text in [
            "",
            "#",
            KEY,
            PRINTED,
            &format!("{PRINTED}#"),
            &format!("{PRINTED}#claim="),
            &format!("{PRINTED}{KEY}A"),
            &format!("{PRINTED}{KEY}{KEY}"),
            &format!("{PRINTED}{}", KEY.replace("claim", "key")),
            &format!("{PRINTED}{}d", &KEY[..KEY.len() - 1]),
        ] {
            assert!(HandOverQr::parse(text).is_err(), "{text}");
        }
        assert!(PrintedQr::parse(&format!("{PRINTED}{KEY}")).is_err());
    }

    #[test]
    fn a_host_is_a_host() {
        for wrong in ["", "a b", "a/b", "a?b", "a#b", "https://a"] {
            assert!(printed(wrong, 1).is_err(), "{wrong:?}");
        }
        assert!(printed("piao.example", 0).is_err());
    }

    #[test]
    fn debug_keeps_the_secret() {
        let qr = HandOverQr::parse(&format!("{PRINTED}{KEY}")).unwrap();
        assert!(!format!("{qr:?}").contains("BwcHBwcH"));
    }
}
