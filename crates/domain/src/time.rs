//! Block time, and the calendar that tax law counts in: months and days at fixed UTC+8.

use std::fmt;

use crate::ids::Malformed;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Beijing is eight hours ahead of UTC the whole year (no summer time since 1991).
const UTC_PLUS_8: i64 = 8 * 3600;
const DAY: i64 = 86_400;

impl Time {
    /// Takes seconds since the epoch.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// Later by so many seconds; the end of time where there is no such second.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from the earlier to the later of two times.
    #[must_use]
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// The day it falls on in Beijing.
    #[must_use]
    pub fn date(self) -> Date {
        Date::from_days(self.0.saturating_add(UTC_PLUS_8).div_euclid(DAY))
    }

    /// The month it falls in in Beijing.
    #[must_use]
    pub fn month(self) -> Month {
        self.date().month()
    }
}

/// A day of the Gregorian calendar, from 2000-01-01 to 9999-12-31 where read from text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `YYYY-MM-DD` (ISO 8601-1 §5.2.2.1).
    ///
    /// # Errors
    /// [`Malformed`] for another shape or a day that no calendar has.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed::new("date", "YYYY-MM-DD, a day of the calendar from 2000 on");
        let (month, day) = text.rsplit_once('-').ok_or(SHAPE)?;
        let Month { year, month } = Month::parse(month).map_err(|_| SHAPE)?;
        let day = two_digits(day).ok_or(SHAPE)?;
        if (1..=days_in(year, month)).contains(&day) { Ok(Self { year, month, day }) } else { Err(SHAPE) }
    }

    /// Its month.
    #[must_use]
    pub const fn month(self) -> Month {
        Month { year: self.year, month: self.month }
    }

    /// The civil date of a count of days since 1970-01-01.
    fn from_days(days: i64) -> Self {
        // Years are counted from March, so that the leap day is the last of its year; 146,097 days are 400 years.
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year: u16::try_from(year).unwrap_or(if year < 0 { 0 } else { u16::MAX }),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A calendar month, in which quota is counted and returns are filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// Reads `YYYY-MM` (ISO 8601-1 §5.2.2.2), from 2000 on.
    ///
    /// # Errors
    /// [`Malformed`] for another shape.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const SHAPE: Malformed = Malformed::new("month", "YYYY-MM, from 2000-01 on");
        let (year, month) = text.split_once('-').ok_or(SHAPE)?;
        if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SHAPE);
        }
        let year: u16 = year.parse().map_err(|_| SHAPE)?;
        let month = two_digits(month).ok_or(SHAPE)?;
        if year >= 2000 && (1..=12).contains(&month) { Ok(Self { year, month }) } else { Err(SHAPE) }
    }

    /// The month after it.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.month == 12 {
            Self { year: self.year.saturating_add(1), month: 1 }
        } else {
            Self { year: self.year, month: self.month + 1 }
        }
    }

    /// The last two digits of its year, as an invoice number begins with.
    #[must_use]
    pub const fn short_year(self) -> u8 {
        (self.year % 100) as u8
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

fn two_digits(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
