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
    let (party, conditions) = match &filter.whose {
        Whose::All => (String::new(), vec!["$1 = ''"]),
        Whose::Of(party, relations) => {
            // Columns of enterprises hold the bare code, those of any party the whole name.
            let party = party.enterprise().map_or_else(|| party.to_string(), ToString::to_string);
            (party, relations.iter().map(|relation| condition(*relation)).collect())
        }
    };
    // Each branch stops after a page by its own index; together they are one page.
    let branch = |condition: &str| {
        format!(
            "(SELECT invoice.number FROM invoice JOIN invoice_content USING (number) WHERE {condition} \
             AND invoice.number > $2 AND invoice.number >= $3 AND invoice.number <= $4 \
             AND ($5 IS NULL OR invoice_content.month = $5) ORDER BY invoice.number LIMIT $6)"
        )
    };
    let branches = conditions.iter().map(|condition| branch(condition)).collect::<Vec<_>>().join(" UNION ");
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

const fn condition(relation: Relation) -> &'static str {
    match relation {
        Relation::Issuer => "invoice.issuer = $1",
        Relation::Buyer => "invoice.buyer = $1",
        // A person's name begins with its kind already.
        Relation::Holder => "invoice.holder IN ($1, 'uscc:' || $1)",
        Relation::Presented => "invoice.presented_to @> ARRAY[$1]",
    }
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    number: String,
}
