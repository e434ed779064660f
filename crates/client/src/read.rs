//! Reading. Lists and documents whose shape is the services' own come as [`serde_json::Value`], so that a service can
//! add members; what is fixed by the protocol comes as its own type.

use piao_domain::ids::{PartyId, TransitionId};
use piao_domain::number::InvoiceNumber;
use piao_domain::rules::RuleVersion;
use piao_domain::time::Date;
use piao_domain::uscc::Uscc;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::answer::Answer;
use crate::client::Client;
use crate::endpoints::Service;
use crate::error::ClientError;
use crate::routes;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Page<T = Value> {
    /// The items, in the list's own stable order.
    pub data: Vec<T>,
    /// The `cursor` of the next page; nothing on the last.
    #[serde(default)]
    pub next: Option<String>,
}

/// Which part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    parameters: Vec<(String, String)>,
}

impl List {
    /// The first page, 25 items.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Pages of so many items, at most 200.
    #[must_use]
    pub fn limit(self, limit: u32) -> Self {
        self.matching("limit", &limit.to_string())
    }

    /// From a cursor on that [`Page::next`] gave.
    #[must_use]
    pub fn after(self, cursor: &str) -> Self {
        self.matching("cursor", cursor)
    }

    /// Only what has this value in this field.
    #[must_use]
    pub fn matching(mut self, field: &str, value: &str) -> Self {
        self.parameters.retain(|(known, _)| known != field);
        self.parameters.push((field.to_owned(), value.to_owned()));
        self
    }
}

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $service:ident, $path:expr;)*) => {
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`ClientError`].
                pub async fn $name(&self, list: &List) -> Result<Page, ClientError> {
                    self.get(Service::$service, $path, list).await
                }
            )*
        }
    };
}

lists! {
    /// Parties; for a bureau.
    parties = Registry, routes::PARTIES;
    /// Rule sets.
    rule_sets = Rules, routes::RULE_SETS;
    /// Quota accounts and applications.
    quotas = Issuance, routes::QUOTAS;
    /// The invoices that the caller may see.
    invoices = Issuance, routes::INVOICES;
    /// What the caller holds.
    claims = Claims, routes::CLAIMS;
    /// The caller's locks.
    locks = Reimbursement, routes::LOCKS;
    /// The caller's bookings.
    bookings = Reimbursement, routes::BOOKINGS;
    /// What was presented to the caller.
    inbox = Reimbursement, routes::INBOX;
}

impl Client {
    /// A party with its keys.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn party(&self, party: &PartyId) -> Result<Value, ClientError> {
        self.get(Service::Registry, &routes::party_path(party), &List::new()).await
    }

    /// One version of a rule set.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn rule_set(&self, version: &RuleVersion) -> Result<Value, ClientError> {
        self.get(Service::Rules, &routes::rule_set(version), &List::new()).await
    }

    /// What happened to an application for quota.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn quota_entries(&self, application: &TransitionId, list: &List) -> Result<Page, ClientError> {
        self.get(Service::Issuance, &routes::quota_entries(application), list).await
    }

    /// An invoice with its axes and what the caller may do with it.
    ///
    /// # Errors
    /// [`ClientError`]; `not_found` also for whom it does not concern.
    pub async fn invoice(&self, number: &InvoiceNumber) -> Result<Value, ClientError> {
        self.get(Service::Issuance, &routes::invoice_path(number), &List::new()).await
    }

    /// Every transition on an invoice.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn invoice_history(&self, number: &InvoiceNumber, list: &List) -> Result<Page, ClientError> {
        self.get(Service::Issuance, &routes::invoice_history(number), list).await
    }

    /// One lock.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn lock(&self, lock: &TransitionId) -> Result<Value, ClientError> {
        self.get(Service::Reimbursement, &routes::lock_path(lock), &List::new()).await
    }

    /// Lets the service fill in number, totals and defaults, run every check and return the payload to sign.
    ///
    /// # Errors
    /// [`ClientError`], the refusal foreseen included.
    pub async fn prepare_invoice(&self, draft: &Value) -> Result<Value, ClientError> {
        self.ask(Service::Issuance, &routes::prepare_invoice(), draft).await
    }

    /// Runs every check without issuing and returns the whole trace.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn check_invoice(&self, draft: &Value) -> Result<Value, ClientError> {
        self.ask(Service::Issuance, &routes::check_invoice(), draft).await
    }

    /// What a lock would meet now, its whole trace; `question` is the body of a `reimbursement.lock`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn check_lock(&self, question: &Value) -> Result<Value, ClientError> {
        self.ask(Service::Reimbursement, &routes::check_lock(), question).await
    }

    /// The rules that bind an enterprise, today where no day is asked for.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn binding(&self, enterprise: &Uscc, day: Option<Date>) -> Result<Value, ClientError> {
        let asked = List::new().matching("enterprise", &format!("uscc:{enterprise}"));
        let asked = day.into_iter().fold(asked, |asked, day| asked.matching("date", &day.to_string()));
        self.get(Service::Rules, &routes::binding(), &asked).await
    }

    /// A transition with its receipt, for the signer and the parties named in it.
    ///
    /// # Errors
    /// [`ClientError`]; `not_found` also where it is not decided yet.
    pub async fn transition(&self, id: &TransitionId) -> Result<Value, ClientError> {
        self.get(Service::Ledger, &routes::transition(id), &List::new()).await
    }

    /// The proof bundle of a transition, to be verified offline: the bytes of a `*.piao-proof.json` file.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn proof(&self, id: &TransitionId) -> Result<String, ClientError> {
        self.get_text(Service::Ledger, &routes::proof(id)).await
    }

    /// The newest signed checkpoint of the log, a C2SP signed note.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn checkpoint(&self) -> Result<String, ClientError> {
        self.get_text(Service::Ledger, routes::CHECKPOINT).await
    }

    /// Blocks from a height on with their transitions, for nodes and bureaus: one export line (protocol §5) a block.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn blocks(&self, from: u64, limit: u32) -> Result<String, ClientError> {
        self.get_text(Service::Ledger, &routes::blocks(from, limit)).await
    }

    /// Any other document of a service, such as the next page of a list under a path of its own.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn get<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        list: &List,
    ) -> Result<T, ClientError> {
        let url = self.url_with(service, path, list);
        let request = || self.http.get(&url).header(ACCEPT, "application/json");
        let answer = self.read(&format!("reading {path}"), request).await?;
        serde_json::from_slice(&answer.body).map_err(|_| answer.unexpected())
    }

    async fn get_text(&self, service: Service, path: &str) -> Result<String, ClientError> {
        let url = self.url(service, path);
        let answer = self.read(&format!("reading {path}"), || self.http.get(&url)).await?;
        answer.text().map(str::to_owned)
    }

    async fn ask(&self, service: Service, path: &str, question: &Value) -> Result<Value, ClientError> {
        let url = self.url(service, path);
        let body = question.to_string();
        let request = || self.http.post(&url).header(CONTENT_TYPE, "application/json").body(body.clone());
        let answer = self.read(&format!("asking {path}"), request).await?;
        serde_json::from_slice(&answer.body).map_err(|_| answer.unexpected())
    }

    /// Asks until there is an answer, for as long as the settings say: a service may be busy, away or behind.
    async fn read(&self, doing: &str, request: impl Fn() -> RequestBuilder) -> Result<Answer, ClientError> {
        let end = Instant::now() + self.settings.read_wait_max;
        let mut attempt = 0;
        loop {
            let mut request = self.authorized(request());
            let height = self.height();
            if self.settings.min_height && height > 0 {
                request = request.header("piao-min-height", height);
            }
            let (error, asked) = match self.exchange(doing, request, self.settings.answer_wait_max).await {
                Ok(answer) if answer.status == StatusCode::OK => return Ok(answer),
                Ok(answer) => {
                    let asked = answer.retry_after;
                    (answer.into_error(), asked)
                }
                Err(error) => (error, None),
            };
            let pause = self.settings.retry.wait(attempt, asked, &self.sources);
            if !error.may_pass() || Instant::now() + pause >= end {
                return Err(error);
            }
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Adds the caller's read token, where there is a caller.
    pub(crate) fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        let Some(identity) = &self.identity else { return request };
        let token = self.tokens.token(&self.chain, identity, self.sources.now());
        request.header(AUTHORIZATION, format!("Bearer {token}"))
    }

    fn url_with(&self, service: Service, path: &str, list: &List) -> String {
        let mut url = self.url(service, path);
        for (index, (field, value)) in list.parameters.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.push_str(&escaped(field));
            url.push('=');
            url.push_str(&escaped(value));
        }
        url
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
