//! Amounts, times and names as people type them.

use piao_domain::command::ReasonCode;
use piao_domain::ids::PartyId;
use piao_domain::money::Fen;
use piao_domain::uscc::Uscc;

/// Yuan with at most two decimals, above zero.
///
/// # Errors
/// What would pass.
pub(super) fn yuan(text: &str) -> Result<Fen, String> {
    let wrong = || "must be yuan above zero with at most two decimals, such as 106.00".to_owned();
    yuan_or_none(text).ok().filter(|fen| *fen > Fen::ZERO).ok_or_else(wrong)
}

/// Yuan with at most two decimals, zero or more.
///
/// # Errors
/// What would pass.
pub(super) fn yuan_or_none(text: &str) -> Result<Fen, String> {
    let wrong = || "must be yuan with at most two decimals, such as 106.00".to_owned();
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(part) || part.len() > 2 || whole.len() > 14 {
        return Err(wrong());
    }
    format!("{whole}{part:0<2}").parse().ok().and_then(|fen| Fen::new(fen).ok()).ok_or_else(wrong)
}

/// A length of time: `7d`, `12h`, `30m` or `3600s`, in seconds.
///
/// # Errors
/// What would pass.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || "must be a number and one of d h m s, such as 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let of_unit = match unit {
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - unit.len_utf8()];
    let count: u32 = digits.parse().ok().filter(|_| !digits.starts_with('+')).ok_or_else(wrong)?;
    count.checked_mul(of_unit).filter(|seconds| *seconds > 0).ok_or_else(wrong)
}

/// An enterprise: its USCC, with or without `uscc:` before it.
///
/// # Errors
/// What would pass.
pub(super) fn enterprise(text: &str) -> Result<Uscc, String> {
    Uscc::parse(text.strip_prefix("uscc:").unwrap_or(text)).map_err(|error| error.to_string())
}

/// A party; an enterprise also by its USCC alone.
///
/// # Errors
/// What would pass.
pub(super) fn party(text: &str) -> Result<PartyId, String> {
    if let Ok(uscc) = Uscc::parse(text) {
        return Ok(PartyId::Enterprise(uscc));
    }
    PartyId::parse(text).map_err(|error| error.to_string())
}

/// A bureau's reason.
///
/// # Errors
/// What would pass.
pub(super) fn reason(text: &str) -> Result<ReasonCode, String> {
    ReasonCode::parse(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use piao_testkit::fuzz::Corpus;

    use super::*;

    #[test]
    fn a_damaged_word_of_a_command_line_is_refused_or_means_what_it_says() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/measure");
        Corpus::read(&corpus, 256).feed(|bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return false };
            let amount = yuan(text).ok();
            if let Some(fen) = amount.map(Fen::get) {
                assert!(fen > 0);
                let again = format!("{}.{:02}", fen / 100, fen % 100);
                assert_eq!(yuan(&again).map(Fen::get), Ok(fen), "{text}");
            }
            let named = party(text).ok();
            if let Some(named) = &named {
                assert_eq!(party(&named.to_string()).as_ref(), Ok(named));
            }
            let length = seconds(text).ok();
            if let Some(length) = length {
                assert_eq!(seconds(&format!("{length}s")), Ok(length), "{text}");
                assert!(text[..text.len() - 1].bytes().all(|byte| byte.is_ascii_digit()), "{text}");
            }
            amount.is_some() || named.is_some() || length.is_some() || reason(text).is_ok()
        });
    }

    #[test]
    fn yuan_are_exact() {
        let check = |text: &str, expect: Option<i64>| {
            assert_eq!(yuan(text).ok().map(Fen::get), expect, "{text:?}");
        };
        check("106.00", Some(10_600));
        check("106", Some(10_600));
        check("0.1", Some(10));
        check("0.01", Some(1));
        check("00.05", Some(5));
        for wrong in [
            "",
            "0",
            "0.00",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.005",
            "1,00",
            "1e3",
            "a",
            "1.0.0",
            "￥1",
            "999999999999999",
        ] {
            check(wrong, None);
        }
        assert_eq!(yuan_or_none("0.00"), Ok(Fen::ZERO));
        assert!(yuan_or_none("-1").is_err());
    }

    #[test]
    fn a_party_is_named_whole_or_as_an_enterprise() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(party(text).ok().map(|party| party.to_string()).as_deref(), expect, "{text}");
        };
        check("91440300708461136T", Some("uscc:91440300708461136T"));
        check("uscc:91440300708461136T", Some("uscc:91440300708461136T"));
        check("bureau:shenzhen", Some("bureau:shenzhen"));
        check("91440300708461136X", None);
        check("shenzhen", None);
    }

    #[test]
    fn a_length_of_time_has_a_unit() {
        let check = |text: &str, expect: Option<u32>| assert_eq!(seconds(text).ok(), expect, "{text:?}");
        check("7d", Some(604_800));
        check("12h", Some(43_200));
        check("30m", Some(1_800));
        check("1s", Some(1));
        for wrong in ["", "7", "d", "-1d", "0d", "7 d", "1.5h", "99999d", "7天"] {
            check(wrong, None);
        }
    }

    #[test]
    fn an_enterprise_is_a_uscc() {
        for text in ["91440300708461136T", "uscc:91440300708461136T"] {
            assert_eq!(enterprise(text).unwrap().as_str(), "91440300708461136T");
        }
        assert!(enterprise("uscc:uscc:91440300708461136T").is_err());
        assert!(enterprise("91440300708461136X").is_err());
    }
}
