use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Text};
use diesel_async::RunQueryDsl;
use piao_chain::state::State;
use piao_domain::number::{InvoiceNumber, NumberPrefix, Segment};
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{Stored, StoredBadly, bigint};
use crate::LedgerError;

const SEGMENT: Stored = Stored("number_segment");
const TOP: Stored = Stored("number_top");

#[derive(QueryableByName)]
struct SegmentRow {
    #[diesel(sql_type = Text)]
    prefix: String,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = Text)]
    issuer: String,
}

#[derive(QueryableByName)]
struct TopRow {
    #[diesel(sql_type = Text)]
    prefix: String,
    #[diesel(sql_type = BigInt)]
    top: i64,
}

impl TryFrom<SegmentRow> for (Uscc, Segment) {
    type Error = StoredBadly;

    fn try_from(row: SegmentRow) -> Result<Self, StoredBadly> {
        let prefix = SEGMENT.read(NumberPrefix::parse(&row.prefix))?;
        let segment = Segment::new(prefix, SEGMENT.unsigned(row.first)?, SEGMENT.unsigned(row.last)?);
        Ok((SEGMENT.enterprise(&row.issuer)?, SEGMENT.read(segment)?))
    }
}

/// Puts the segments that hold some numbers into the state. Segments do not overlap: the one that begins last before a
/// number is the only one that can hold it.
pub(crate) async fn load_segments(
    connection: &mut Connection,
    state: &mut State,
    numbers: &BTreeSet<InvoiceNumber>,
) -> Result<(), LedgerError> {
    if numbers.is_empty() {
        return Ok(());
    }
    let rows: Vec<SegmentRow> = sql_query(
        "SELECT DISTINCT held.prefix, held.first, held.last, held.issuer \
         FROM UNNEST($1, $2) AS asked (prefix, sequence) CROSS JOIN LATERAL ( \
         SELECT prefix, first, last, issuer FROM number_segment \
         WHERE prefix = asked.prefix AND first <= asked.sequence ORDER BY first DESC LIMIT 1) AS held \
         WHERE asked.sequence <= held.last",
    )
    .bind::<Array<Text>, _>(numbers.iter().map(|number| number.prefix().to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers.iter().map(|number| bigint(number.sequence())).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("loading number segments"))?;
    for row in rows {
        let (issuer, segment) = row.try_into()?;
        state.segments.entry(issuer).or_default().push(segment);
    }
    Ok(())
}

/// Puts how far every prefix is allotted into the state, and which segment lies highest: a few rows each, one a
/// region, channel and year.
pub(crate) async fn load_tops(connection: &mut Connection, state: &mut State) -> Result<(), LedgerError> {
    let rows: Vec<TopRow> = sql_query("SELECT prefix, top FROM number_top")
        .load(connection)
        .await
        .map_err(StoreError::on("loading number tops"))?;
    for row in rows {
        state.tops.insert(TOP.read(NumberPrefix::parse(&row.prefix))?, TOP.unsigned(row.top)?);
    }
    // From the segments alone, whatever the tops say; one look into the primary key a prefix.
    let rows: Vec<SegmentRow> = sql_query(
        "WITH RECURSIVE highest AS ( \
         (SELECT prefix, first, last, issuer FROM number_segment ORDER BY prefix DESC, first DESC LIMIT 1) \
         UNION ALL SELECT below.* FROM highest CROSS JOIN LATERAL ( \
         SELECT prefix, first, last, issuer FROM number_segment WHERE prefix < highest.prefix \
         ORDER BY prefix DESC, first DESC LIMIT 1) AS below) \
         SELECT prefix, first, last, issuer FROM highest",
    )
    .load(connection)
    .await
    .map_err(StoreError::on("loading the highest number segments"))?;
    for row in rows {
        let (_, segment): (Uscc, Segment) = row.try_into()?;
        state.highest.insert(segment.prefix(), segment);
    }
    Ok(())
}

/// Inserts segments that were allotted in this block and how far their prefixes reach now.
pub(crate) async fn write_segments(
    connection: &mut Connection,
    state: &State,
    allotted: &BTreeSet<(Uscc, Segment)>,
) -> Result<(), LedgerError> {
    if allotted.is_empty() {
        return Ok(());
    }
    let sequence = bigint;
    let text = |get: fn(&(Uscc, Segment)) -> String| allotted.iter().map(get).collect::<Vec<_>>();
    sql_query(
        "INSERT INTO number_segment (prefix, first, last, issuer) SELECT * FROM UNNEST($1, $2, $3, $4)",
    )
    .bind::<Array<Text>, _>(text(|(_, segment)| segment.prefix().as_str().to_owned()))
    .bind::<Array<BigInt>, _>(allotted.iter().map(|(_, s)| sequence(s.first())).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(allotted.iter().map(|(_, s)| sequence(s.last())).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(text(|(issuer, _)| issuer.to_string()))
    .execute(connection)
    .await
    .map_err(StoreError::on("inserting number segments"))?;
    let prefixes = allotted.iter().map(|(_, segment)| segment.prefix()).collect::<BTreeSet<_>>();
    let tops = prefixes.iter().map(|prefix| state.tops.get(prefix).copied().unwrap_or(0));
    sql_query(
        "INSERT INTO number_top (prefix, top) SELECT * FROM UNNEST($1, $2) \
         ON CONFLICT (prefix) DO UPDATE SET top = excluded.top",
    )
    .bind::<Array<Text>, _>(prefixes.iter().map(NumberPrefix::as_str).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(tops.map(sequence).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing number tops"))?;
    Ok(())
}
