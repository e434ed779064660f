use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, web};
use piao_domain::ids::PartyId;
use piao_domain::number::Segment;
use piao_domain::quota::Account;
use piao_domain::rules::Allowance;
use piao_domain::time::Month;
use piao_edge::caller::{Caller, Role};
use piao_edge::http::{Head, List, ListQuery, ReadProblems};
use piao_edge::problem::{Problem, form};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::IssuanceState;
use crate::db;
use crate::db::number_segment::SegmentRecord;
use crate::db::quota_account::AccountKey;
use crate::db::quota_application::{ApplicationFilter, ApplicationRecord, given_of, status_text};

/// Which applications.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QuotasQuery {
    /// For this month, `YYYY-MM`.
    month: Option<String>,
    /// `pending`, `granted` or `refused`.
    status: Option<String>,
}

/// An amount and a number of invoices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AllowanceView {
    /// Without tax, fen.
    amount: i64,
    /// Invoices.
    count: u32,
}

/// A run of invoice numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SegmentView {
    /// Its first number, 20 digits.
    first: String,
    /// Its last number, 20 digits.
    last: String,
    /// How many numbers of it are used.
    used: u64,
}

/// An application for a month's quota, and the month that it is part of.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuotaView {
    /// The transition that applied, 64 hexadecimal digits.
    id: String,
    /// Who applied.
    issuer: String,
    /// For which month.
    month: String,
    /// What was asked for.
    asked: AllowanceView,
    /// `pending`, `granted` or `refused`.
    #[schema(value_type = String)]
    status: &'static str,
    /// What was given, where it was granted.
    given: Option<AllowanceView>,
    /// Under which numbers.
    segments: Vec<SegmentView>,
    /// Block time of the application, UTC seconds.
    applied_at: i64,
    /// Block time of the last transition on it, UTC seconds.
    changed_at: i64,
    /// What the issuer's whole month grants: the sum of all its applications.
    month_granted: AllowanceView,
    /// What of it is used.
    month_used: AllowanceView,
    /// What of it is left.
    month_left: AllowanceView,
}

/// List applications for quota, the oldest first: to an enterprise its own, to a bureau all.
#[utoipa::path(
    tag = "quota",
    params(ListQuery, QuotasQuery),
    responses((status = 200, description = "A page", body = List<QuotaView>), ReadProblems)
)]
#[get("/v1/quotas")]
pub(super) async fn list_quotas(
    state: web::Data<IssuanceState>,
    head: Head,
    query: web::Query<QuotasQuery>,
    page: web::Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = state.edge.caller(&head).await?;
    let (filter, limit) = (query.filter(&caller)?, page.limit()?);
    let after = page.after(str::parse::<u64>)?;
    let read = state.edge.read(async move |connection| {
        let records = db::quota_application::list(connection, &filter, after, limit + 1).await?;
        let months = records.iter().map(|one| (one.application.issuer, one.application.month)).collect();
        let accounts = db::quota_account::get_many(connection, &months).await?;
        let ids = records.iter().map(|record| record.id).collect::<Vec<_>>();
        let segments = db::number_segment::of_applications(connection, &ids).await?;
        Ok((records, accounts, segments))
    });
    let (records, accounts, segments) = read.await?;
    let key = |record: &ApplicationRecord| record.place.to_string();
    let list = List::page(records, limit, key, |record| QuotaView::of(&record, &accounts, &segments));
    Ok(HttpResponse::Ok().json(list))
}

impl QuotasQuery {
    fn filter(&self, caller: &Caller) -> Result<ApplicationFilter, Problem> {
        caller.only(&[Role::Bureau, Role::Enterprise])?;
        let month = self.month.as_deref().map(Month::parse).transpose();
        let month = month.map_err(|_| Problem::form("?month", form::MONTH))?;
        let status = match self.status.as_deref() {
            None => None,
            Some("pending") => Some("pending"),
            Some("granted") => Some("granted"),
            Some("refused") => Some("refused"),
            Some(other) => {
                return Err(Problem::schema("?status", "pending|granted|refused").found(other));
            }
        };
        Ok(ApplicationFilter { issuer: caller.enterprise().copied(), month, status })
    }
}

impl AllowanceView {
    pub(super) const fn of(allowance: Allowance) -> Self {
        Self { amount: allowance.amount.get(), count: allowance.count }
    }
}

impl SegmentView {
    fn of(record: &SegmentRecord) -> Self {
        let SegmentRecord { segment, used, issuer: _, application: _ } = record;
        let number = |sequence| segment.number(sequence).map(|number| number.to_string()).unwrap_or_default();
        Self { first: number(Segment::first(segment)), last: number(Segment::last(segment)), used: *used }
    }
}

impl QuotaView {
    fn of(
        record: &ApplicationRecord,
        accounts: &BTreeMap<AccountKey, Account>,
        segments: &[SegmentRecord],
    ) -> Self {
        let application = &record.application;
        let own = segments.iter().filter(|segment| segment.application == record.id);
        let key = (application.issuer, application.month);
        let account = accounts.get(&key).copied().unwrap_or(Account::EMPTY);
        Self {
            id: record.id.to_string(),
            issuer: PartyId::Enterprise(application.issuer).to_string(),
            month: application.month.to_string(),
            asked: AllowanceView::of(application.asked),
            status: status_text(application.status),
            given: given_of(application.status).map(AllowanceView::of),
            segments: own.map(SegmentView::of).collect(),
            applied_at: record.applied_at.unix(),
            changed_at: record.changed_at.unix(),
            month_granted: AllowanceView::of(account.granted),
            month_used: AllowanceView::of(account.used),
            month_left: AllowanceView::of(account.left()),
        }
    }
}
