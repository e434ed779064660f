//! Writes lives that never were by COPY.

use std::fmt::Write as _;
use std::ops::Range;
use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::Client;

use super::template::{Piece, Table, Templates};
use crate::failure::Failure;
use crate::servers::connect;

/// Lives written by one COPY into each table.
const BATCH: u64 = 20_000;
/// Connections that write at one time.
const WRITERS: u64 = 2;
/// Text sent at once.
const CHUNK_BYTES: usize = 1 << 18;
/// Days over which the lives were signed, up to yesterday.
const DAYS: u64 = 365;
/// Places in the log that no chain of a load test reaches.
const FIRST_PLACE: u64 = 1_000_000_000;

/// Facts of a life that is written.
struct Invented {
    place: u64,
    number: String,
    day: u64,
    month: String,
}

/// Writes the lives of a range and says of how many rows.
pub(super) async fn fill(url: &str, templates: &Templates, lives: Range<u64>) -> Result<u64, Failure> {
    let write = async |writer: u64| {
        let postgres = connect(url).await?;
        let batches = (0..).map(|batch| lives.start + batch * BATCH).take_while(|first| *first < lives.end);
        let mut rows = 0;
        for (_, first) in batches.enumerate().filter(|(place, _)| *place as u64 % WRITERS == writer) {
            let batch = first..(first + BATCH).min(lives.end);
            for table in &templates.tables {
                rows += copy(&postgres, table, templates, batch.clone()).await?;
            }
        }
        Ok::<u64, Failure>(rows)
    };
    let (one, other) = tokio::try_join!(write(0), write(1))?;
    Ok(one + other)
}

async fn copy(
    postgres: &Client,
    table: &Table,
    templates: &Templates,
    lives: Range<u64>,
) -> Result<u64, Failure> {
    let doing = || format!("writing rows: {}", table.statement);
    let sink =
        postgres.copy_in::<_, Bytes>(table.statement.as_str()).await.map_err(Failure::doing(doing()))?;
    let mut sink = pin!(sink);
    let mut text = String::with_capacity(CHUNK_BYTES + 4096);
    for place in lives {
        let life = invented(place, templates)?;
        for line in &table.lines[usize::try_from(place).unwrap_or(0) % templates.lives] {
            line.0.iter().for_each(|piece| write(&mut text, piece, &life));
        }
        if text.len() >= CHUNK_BYTES {
            let full = std::mem::replace(&mut text, String::with_capacity(CHUNK_BYTES + 4096));
            sink.send(full.into()).await.map_err(Failure::doing(doing()))?;
        }
    }
    sink.send(text.into()).await.map_err(Failure::doing(doing()))?;
    sink.finish().await.map_err(Failure::doing(doing()))
}

/// A life at a place: of the issuer and the buyer of the template at that place, with the last numbers of the issuer's
/// segment, which nobody reaches who begins with the first.
fn invented(place: u64, templates: &Templates) -> Result<Invented, Failure> {
    /// Of a segment's million numbers.
    const KEPT_FOR_THE_LIVING: u64 = 370_000;
    let issuers = templates.segments.len() as u64;
    let segment = &templates.segments[usize::try_from(place % issuers).unwrap_or(0)];
    let number = segment.number(segment.first() + KEPT_FOR_THE_LIVING + place / issuers);
    let number = number.ok_or_else(|| Failure::new("the issuers' numbers are used up"))?;
    // A day's after another's, as they would have come.
    let today = u64::try_from(crate::now().unix()).unwrap_or(0) / 86_400;
    let day = today.saturating_sub(DAYS) + place * DAYS / LIVES_MAX.max(place + 1);
    let date = piao_domain::time::Time::from_unix(i64::try_from(day * 86_400).unwrap_or(0));
    // Before this month, in which places belong to others.
    let month = date.month().min(crate::now().plus(-32 * 86_400).month()).to_string();
    Ok(Invented { place, number: number.to_string(), day, month })
}

/// Most lives that are ever written; days are spread over them.
const LIVES_MAX: u64 = 10_000_000;

fn write(text: &mut String, piece: &Piece, life: &Invented) {
    // Writing into a text cannot fail.
    let _ = match piece {
        Piece::Text(own) => text.write_str(own),
        Piece::Number => text.write_str(&life.number),
        Piece::Id(step) => write_id(text, life.place * 8 + *step as u64),
        Piece::Place(step) => write!(text, "{}", FIRST_PLACE + life.place * 8 + *step as u64),
        Piece::Day => write!(text, "{}", life.day),
        Piece::Month => text.write_str(&life.month),
    };
}

/// 32 bytes that look like a hash and are another's for every seed.
fn write_id(text: &mut String, seed: u64) -> std::fmt::Result {
    (0..4).try_for_each(|word| write!(text, "{:016x}", mixed(seed * 4 + word)))
}

/// SplitMix64 (Steele, Lea and Flood, 2014): no two numbers give the same.
const fn mixed(seed: u64) -> u64 {
    let mut word = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_s_own_is_put_where_it_was_left_open() {
        let life = Invented { place: 3, number: "N".into(), day: 20_000, month: "2026-01".into() };
        let check = |piece: &Piece, expect: &str| {
            let mut text = String::new();
            write(&mut text, piece, &life);
            assert_eq!(text, expect);
        };
        check(&Piece::Text("a\t".into()), "a\t");
        check(&Piece::Number, "N");
        check(&Piece::Place(2), "1000000026");
        check(&Piece::Day, "20000");
        check(&Piece::Month, "2026-01");
        let (mut one, mut other) = (String::new(), String::new());
        write(&mut one, &Piece::Id(0), &life);
        write(&mut other, &Piece::Id(1), &life);
        assert!(one.len() == 64 && other.len() == 64 && one != other);
    }
}
