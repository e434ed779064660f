//! Block time and Beijing's calendar.

use piao_domain::time::{Date, Month, Time};
use proptest::prelude::*;

/// Midnights in Beijing (UTC+8), by a calendar that is not ours.
const MIDNIGHTS: &[(i64, &str)] = &[
    (-28_800, "1970-01-01"),
    (57_600, "1970-01-02"),
    (946_569_600, "1999-12-31"),
    (946_656_000, "2000-01-01"),
    (951_667_200, "2000-02-28"),
    (951_753_600, "2000-02-29"),
    (951_840_000, "2000-03-01"),
    (978_192_000, "2000-12-31"),
    (978_278_400, "2001-01-01"),
    (983_289_600, "2001-02-28"),
    (983_376_000, "2001-03-01"),
    (1_582_905_600, "2020-02-29"),
    (1_703_952_000, "2023-12-31"),
    (1_709_049_600, "2024-02-28"),
    (1_709_136_000, "2024-02-29"),
    (1_709_222_400, "2024-03-01"),
    (1_767_110_400, "2025-12-31"),
    (1_767_196_800, "2026-01-01"),
    (1_772_208_000, "2026-02-28"),
    (1_772_294_400, "2026-03-01"),
    (1_782_748_800, "2026-06-30"),
    (1_782_835_200, "2026-07-01"),
    (1_798_646_400, "2026-12-31"),
    (1_830_182_400, "2027-12-31"),
    (1_835_366_400, "2028-02-29"),
    (4_102_329_600, "2099-12-31"),
    (4_107_427_200, "2100-02-28"),
    (4_107_513_600, "2100-03-01"),
    (13_574_534_400, "2400-02-29"),
    (13_574_620_800, "2400-03-01"),
    (253_402_185_600, "9999-12-31"),
];

fn date(unix: i64) -> String {
    Time::from_unix(unix).date().to_string()
}

#[test]
fn a_day_begins_at_midnight_in_beijing() {
    for (midnight, day) in MIDNIGHTS {
        assert_eq!(date(*midnight), *day);
        assert_eq!(date(midnight + 86_399), *day, "the last second");
        assert_ne!(date(midnight - 1), *day, "the second before");
        assert_ne!(date(midnight + 86_400), *day, "the second after");
        assert_eq!(Time::from_unix(*midnight).month().to_string(), day[..7]);
    }
    // 2025-12-31T16:00:00Z is the new year in Beijing.
    assert_eq!(date(1_767_196_799), "2025-12-31");
    assert_eq!(date(1_767_196_800), "2026-01-01");
    assert_eq!(date(0), "1970-01-01");
}

#[test]
fn days_follow_one_another_as_a_calendar_counts_them() {
    let (mut year, mut month, mut day) = (1970_u32, 1_u32, 1_u32);
    for days in 0..200_000_i64 {
        assert_eq!(date(days * 86_400), format!("{year:04}-{month:02}-{day:02}"));
        let leap = if year.is_multiple_of(100) { year.is_multiple_of(400) } else { year.is_multiple_of(4) };
        let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        day += 1;
        if day > lengths[month as usize - 1] {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
}

#[test]
fn only_days_of_the_calendar_are_read() {
    for text in ["2000-01-01", "2000-02-29", "2024-02-29", "2026-12-31", "2026-04-30", "9999-12-31"] {
        assert_eq!(Date::parse(text).map(|date| date.to_string()).as_deref(), Ok(text));
    }
    for text in [
        "",
        "2026",
        "2026-01",
        "2026-00-01",
        "2026-13-01",
        "2026-01-00",
        "2026-01-32",
        "2026-04-31",
        "2026-02-29",
        "2100-02-29",
        "1999-12-31",
        "0000-01-01",
        "10000-01-01",
        "2026-1-01",
        "2026-01-1",
        "2026-01-011",
        "2026/01/01",
        "26-01-01",
        "+026-01-01",
        "2026-01-01T00:00:00Z",
        " 2026-01-01",
        "2026-01-01 ",
        "2026--1-01",
        "２０２６-01-01",
    ] {
        assert!(Date::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn only_months_from_2000_on_are_read() {
    for text in ["2000-01", "2026-12", "9999-12"] {
        assert_eq!(Month::parse(text).map(|month| month.to_string()).as_deref(), Ok(text));
    }
    for text in [
        "",
        "2026",
        "2026-00",
        "2026-13",
        "1999-12",
        "2026-1",
        "2026-001",
        "+026-01",
        "2026-01-01",
        "2026-0x",
    ] {
        assert!(Month::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_month_is_followed_by_the_next() {
    for (month, next, short_year) in
        [("2026-01", "2026-02", 26), ("2026-12", "2027-01", 26), ("2099-12", "2100-01", 99)]
    {
        let month = Month::parse(month).expect("a month");
        assert_eq!((month.next().to_string().as_str(), month.short_year()), (next, short_year));
    }
    assert_eq!(Month::parse("2105-06").map(Month::short_year), Ok(5));
    assert!(Month::parse("2026-12").expect("a month") < Month::parse("2027-01").expect("a month"));
    assert!(Date::parse("2026-01-31").expect("a day") < Date::parse("2026-02-01").expect("a day"));
}

#[test]
fn times_that_no_clock_shows_do_no_harm() {
    for unix in [i64::MIN, i64::MIN + 1, -62_167_219_200, -1, i64::MAX - 1, i64::MAX] {
        let time = Time::from_unix(unix);
        assert!(!time.date().to_string().is_empty() && !time.month().next().to_string().is_empty(), "{unix}");
    }
    assert_eq!(Time::from_unix(i64::MAX).plus(1), Time::from_unix(i64::MAX));
    assert_eq!(Time::from_unix(i64::MIN).plus(-1), Time::from_unix(i64::MIN));
    assert_eq!(Time::from_unix(i64::MIN).distance(Time::from_unix(i64::MAX)), u64::MAX);
    assert_eq!(Time::from_unix(10).distance(Time::from_unix(4)), 6);
    assert_eq!(Time::from_unix(4).distance(Time::from_unix(10)), 6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_date_from_2000_on_is_read_back(unix in 946_656_000..253_402_271_999_i64) {
        let (date, month) = (Time::from_unix(unix).date(), Time::from_unix(unix).month());
        prop_assert_eq!(Date::parse(&date.to_string()), Ok(date));
        prop_assert_eq!(Month::parse(&month.to_string()), Ok(month));
        prop_assert_eq!(date.month(), month);
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), "[0-9-]{0,12}"]) {
        if let Ok(date) = Date::parse(&text) {
            prop_assert_eq!(date.to_string(), text);
        } else if let Ok(month) = Month::parse(&text) {
            prop_assert_eq!(month.to_string(), text);
        }
    }
}
