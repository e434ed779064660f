//! Table `number_segment`: the numbers that issuers were allotted.

use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::TransitionId;
use piao_domain::number::{InvoiceNumber, NumberPrefix, Segment};
use piao_domain::uscc::Uscc;
use piao_store::{Connection, StoreError, sql_query};

use super::{BrokenRow, Column, signed};

const COLUMN: Column = Column("number_segment");

/// A segment, whose it is and which application brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentRecord {
    /// The numbers.
    pub(crate) segment: Segment,
    /// Whose.
    pub(crate) issuer: Uscc,
    /// For which application.
    pub(crate) application: TransitionId,
    /// How many are used.
    pub(crate) used: u64,
}

/// Writes segments that were allotted.
pub(crate) async fn insert_many(
    connection: &mut Connection,
    segments: &[SegmentRecord],
) -> Result<(), StoreError> {
    if segments.is_empty() {
        return Ok(());
    }
    let prefixes = segments.iter().map(|record| record.segment.prefix().to_string()).collect::<Vec<_>>();
    let ids = segments.iter().map(|record| record.application.as_bytes().as_slice()).collect::<Vec<_>>();
    sql_query(
        "INSERT INTO number_segment (prefix, first, last, issuer, application, used, open) \
         SELECT prefix, first, last, issuer, application, used, used < last - first + 1 \
         FROM UNNEST($1, $2, $3, $4, $5, $6) AS new (prefix, first, last, issuer, application, used)",
    )
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Array<BigInt>, _>(
        segments.iter().map(|one| signed(Segment::first(&one.segment))).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(segments.iter().map(|one| signed(one.segment.last())).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(segments.iter().map(|one| one.issuer.as_str()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(ids)
    .bind::<Array<BigInt>, _>(segments.iter().map(|one| signed(one.used)).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map_err(StoreError::on("writing number segments"))?;
    Ok(())
}

/// Counts numbers as used in the segments that hold them.
pub(crate) async fn count_used(
    connection: &mut Connection,
    numbers: &[InvoiceNumber],
) -> Result<(), StoreError> {
    if numbers.is_empty() {
        return Ok(());
    }
    let prefixes = numbers.iter().map(|number| number.prefix().to_string()).collect::<Vec<_>>();
    let sequences = numbers.iter().map(|number| signed(number.sequence())).collect::<Vec<_>>();
    sql_query(
        "UPDATE number_segment AS s SET used = s.used + more.count, open = s.used + more.count < s.last - s.first + 1 \
         FROM ( \
             SELECT held.prefix, held.first, count(*) AS count FROM UNNEST($1, $2) AS new (prefix, sequence) \
             CROSS JOIN LATERAL ( \
                 SELECT prefix, first, last FROM number_segment \
                 WHERE prefix = new.prefix AND first <= new.sequence ORDER BY first DESC LIMIT 1 \
             ) AS held WHERE new.sequence <= held.last GROUP BY held.prefix, held.first \
         ) AS more WHERE s.prefix = more.prefix AND s.first = more.first",
    )
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Array<BigInt>, _>(sequences)
    .execute(connection)
    .await
    .map_err(StoreError::on("counting used numbers"))?;
    Ok(())
}

/// The segment of an issuer that holds a number.
pub(crate) async fn holding(
    connection: &mut Connection,
    issuer: &Uscc,
    number: &InvoiceNumber,
) -> Result<Option<SegmentRecord>, StoreError> {
    // Segments do not overlap: the one that begins last before a number is the only one that can hold it.
    let rows: Vec<Row> = sql_query(
        "SELECT * FROM (SELECT prefix, first, last, issuer, application, used FROM number_segment \
         WHERE prefix = $1 AND first <= $2 ORDER BY first DESC LIMIT 1) AS held WHERE issuer = $3 AND last >= $2",
    )
    .bind::<Text, _>(number.prefix().to_string())
    .bind::<BigInt, _>(signed(number.sequence()))
    .bind::<Text, _>(issuer.as_str())
    .load(connection)
    .await
    .map_err(StoreError::on("reading the number segment of a number"))?;
    Ok(rows.into_iter().next().map(SegmentRecord::try_from).transpose()?)
}

/// The first segment of an issuer, by prefix and first number, that has numbers of a year left.
pub(crate) async fn first_open(
    connection: &mut Connection,
    issuer: &Uscc,
    short_year: u8,
) -> Result<Option<SegmentRecord>, StoreError> {
    let rows: Vec<Row> = sql_query(
        "SELECT prefix, first, last, issuer, application, used FROM number_segment \
         WHERE issuer = $1 AND prefix BETWEEN $2 AND $3 AND open \
         ORDER BY prefix, first LIMIT 1",
    )
    .bind::<Text, _>(issuer.as_str())
    .bind::<Text, _>(format!("{short_year:02}000"))
    .bind::<Text, _>(format!("{short_year:02}999"))
    .load(connection)
    .await
    .map_err(StoreError::on("looking for a number segment with numbers left"))?;
    Ok(rows.into_iter().next().map(SegmentRecord::try_from).transpose()?)
}

/// Every segment that some applications brought, by prefix and first number.
pub(crate) async fn of_applications(
    connection: &mut Connection,
    ids: &[TransitionId],
) -> Result<Vec<SegmentRecord>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = sql_query(
        "SELECT prefix, first, last, issuer, application, used FROM number_segment WHERE application = ANY($1) \
         ORDER BY prefix, first",
    )
    .bind::<Array<Binary>, _>(ids.iter().map(|id| id.as_bytes().as_slice()).collect::<Vec<_>>())
    .load(connection)
    .await
    .map_err(StoreError::on("reading the number segments of applications"))?;
    Ok(rows.into_iter().map(SegmentRecord::try_from).collect::<Result<_, _>>()?)
}

/// The number to use next in a segment that is not full: the one after the highest that is used, or, where that is the
/// segment's last, the lowest that was left out.
pub(crate) async fn next_free(
    connection: &mut Connection,
    segment: &Segment,
) -> Result<Option<InvoiceNumber>, StoreError> {
    let (Some(first), Some(last)) = (segment.number(segment.first()), segment.number(segment.last())) else {
        return Ok(None);
    };
    let highest: NumberRow =
        sql_query("SELECT max(number) AS number FROM invoice WHERE number BETWEEN $1 AND $2")
            .bind::<Text, _>(first.as_str())
            .bind::<Text, _>(last.as_str())
            .get_result(connection)
            .await
            .map_err(StoreError::on("looking for the highest number used"))?;
    match highest.parse()? {
        None => Ok(Some(first)),
        Some(highest) if highest < last => Ok(segment.number(highest.sequence() + 1)),
        Some(_) => lowest_gap(connection, segment, first, last).await,
    }
}

async fn lowest_gap(
    connection: &mut Connection,
    segment: &Segment,
    first: InvoiceNumber,
    last: InvoiceNumber,
) -> Result<Option<InvoiceNumber>, StoreError> {
    let before: NumberRow = sql_query(
        "SELECT min(number) AS number FROM ( \
             SELECT number, row_number() OVER (ORDER BY number) AS rank FROM invoice WHERE number BETWEEN $1 AND $2 \
         ) AS used WHERE substr(number, 6)::int8 - $3 >= rank",
    )
    .bind::<Text, _>(first.as_str())
    .bind::<Text, _>(last.as_str())
    .bind::<BigInt, _>(signed(segment.first()))
    .get_result(connection)
    .await
    .map_err(StoreError::on("looking for a number that was left out"))?;
    let Some(after_gap) = before.parse()? else { return Ok(None) };
    // What stands right below the first number that is out of step was left out; go down to where the gap begins.
    let below: NumberRow =
        sql_query("SELECT max(number) AS number FROM invoice WHERE number >= $1 AND number < $2")
            .bind::<Text, _>(first.as_str())
            .bind::<Text, _>(after_gap.as_str())
            .get_result(connection)
            .await
            .map_err(StoreError::on("looking for where the gap begins"))?;
    Ok(match below.parse()? {
        None => Some(first),
        Some(below) => segment.number(below.sequence() + 1),
    })
}

#[derive(diesel::QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
}

impl NumberRow {
    fn parse(&self) -> Result<Option<InvoiceNumber>, BrokenRow> {
        let number = self.number.as_deref().map(InvoiceNumber::parse).transpose();
        number.map_err(|error| BrokenRow::new("invoice", error))
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    prefix: String,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = Text)]
    issuer: String,
    #[diesel(sql_type = Binary)]
    application: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    used: i64,
}

impl TryFrom<Row> for SegmentRecord {
    type Error = BrokenRow;

    fn try_from(row: Row) -> Result<Self, BrokenRow> {
        let prefix = NumberPrefix::parse(&row.prefix).map_err(|error| COLUMN.broken(error))?;
        let segment = Segment::new(prefix, COLUMN.unsigned(row.first)?, COLUMN.unsigned(row.last)?);
        Ok(Self {
            segment: segment.map_err(|error| COLUMN.broken(error))?,
            issuer: COLUMN.uscc(&row.issuer)?,
            application: COLUMN.id(&row.application)?,
            used: COLUMN.unsigned(row.used)?,
        })
    }
}
