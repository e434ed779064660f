//! Tables `invoice` and `invoice_content` together: which invoices concern a party.

use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use piao_domain::ids::PartyId;
use piao_domain::number::InvoiceNumber;
use piao_domain::time::Month;
use piao_store::{Connection, StoreError, sql_query};

use super::BrokenRow;

/// What a party is to an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// It issued it.
    Issuer,
    /// It is named as buyer.
    Buyer,
    /// It holds it.
    Holder,
    /// It is presented to it.
    Presented,
    /// It has or had a lock on it, settled ones included.
    Reimburser,
}

/// Whose invoices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's: for a bureau.
    All,
    /// Those to which a party is one of these.
    Of(PartyId, Vec<Relation>),
}

/// Which invoices a list holds.
#[derive(Clone, Debug)]
pub(crate) struct IndexFilter {
    /// Whose.
    pub(crate) whose: Whose,
    /// Issued in this month.
    pub(crate) month: Option<Month>,
    /// Whose numbers begin with these digits.
    pub(crate) prefix: String,
}

/// Numbers of invoices that a filter lets pass, rising, after one.
pub(crate) async fn list(
    connection: &mut Connection,
    filter: &IndexFilter,
    after: Option<&InvoiceNumber>,
    rows_max: u32,
) -> Result<Vec<InvoiceNumber>, StoreError> {
    let by_month = filter.month.is_some();
    let (party, branches) = match &filter.whose {
        Whose::All => (String::new(), vec![branch(CONTENT, "$1 = ''", by_month)]),
        Whose::Of(party, relations) => {
            // Columns of enterprises hold the bare code, those of any party the whole name.
            let party = party.enterprise().map_or_else(|| party.to_string(), ToString::to_string);
            (party, relations.iter().map(|relation| related(*relation, by_month)).collect())
        }
    };
    let branches = branches.join(" UNION ");
    let rows: Vec<Row> =
        sql_query(format!("SELECT number FROM ({branches}) AS page ORDER BY number LIMIT $6"))
            .bind::<Text, _>(party)
            .bind::<Text, _>(after.map(ToString::to_string).unwrap_or_default())
            .bind::<Text, _>(format!("{:0<20}", filter.prefix))
            .bind::<Text, _>(format!("{:9<20}", filter.prefix))
            .bind::<Nullable<Text>, _>(filter.month.map(|month| month.to_string()))
            .bind::<BigInt, _>(i64::from(rows_max))
            .load(connection)
            .await
            .map_err(StoreError::on("listing invoices"))?;
    let numbers = rows
        .into_iter()
        .map(|row| InvoiceNumber::parse(&row.number).map_err(|error| BrokenRow::new("invoice", error)));
    Ok(numbers.collect::<Result<_, _>>()?)
}

/// A table that names invoices.
#[derive(Clone, Copy)]
struct Source {
    table: &'static str,
    /// Its column of invoices' numbers.
    number: &'static str,
    /// Whether an invoice may have several rows; they are one row of a page.
    repeats: bool,
    /// Whether it says in which month an invoice was issued.
    has_month: bool,
}

const INVOICES: Source = Source { table: "invoice", number: "number", repeats: false, has_month: false };
const CONTENT: Source =
    Source { table: "invoice_content", number: "number", repeats: false, has_month: true };
const PRESENTATIONS: Source =
    Source { table: "invoice_presentation", number: "invoice", repeats: false, has_month: false };
const LOCKS: Source = Source { table: "invoice_lock", number: "invoice", repeats: true, has_month: false };

/// The invoices to which a party, $1, is something, from the table that has an index for it.
fn related(relation: Relation, by_month: bool) -> String {
    match relation {
        Relation::Issuer if by_month => branch(CONTENT, "own.issuer = $1", by_month),
        Relation::Issuer => branch(INVOICES, "own.issuer = $1", by_month),
        Relation::Buyer => branch(INVOICES, "own.buyer = $1", by_month),
        // A person's name begins with its kind already.
        Relation::Holder => branch(INVOICES, "own.holder IN ($1, 'uscc:' || $1)", by_month),
        Relation::Presented => branch(PRESENTATIONS, "own.enterprise = $1", by_month),
        Relation::Reimburser => branch(LOCKS, "own.enterprise = $1", by_month),
    }
}

/// One branch of a list, which stops after a page by an index of its own; together they are one page. What is not
/// asked for stands in no text: PostgreSQL may plan a text once for all parameters.
fn branch(source: Source, condition: &str, by_month: bool) -> String {
    let Source { table, number, repeats, has_month } = source;
    let distinct = if repeats { "DISTINCT" } else { "" };
    let (join, month) = match (by_month, has_month) {
        (false, _) => (String::new(), "$5::text IS NULL"),
        (true, true) => (String::new(), "own.month = $5"),
        (true, false) => (
            format!(" JOIN invoice_content AS content ON content.number = own.{number}"),
            "content.month = $5",
        ),
    };
    format!(
        "(SELECT {distinct} own.{number} AS number FROM {table} AS own{join} WHERE {condition} AND own.{number} > $2 \
         AND own.{number} >= $3 AND own.{number} <= $4 AND {month} ORDER BY own.{number} LIMIT $6)"
    )
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
}
