//! The services by name, each as one row.

use std::future::Future;
use std::pin::Pin;

use piao_edge::http::Configure;
use piao_edge::service::{Edge, Service};
use piao_ledger::ChainReader;
use piao_store::StoreError;

use crate::exit::Failure;

type Migrating<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// What a service is to the process that runs it.
pub(crate) struct ServiceRow {
    pub(crate) name: &'static str,
    pub(crate) service: fn() -> Result<Service, StoreError>,
    pub(crate) migrate: fn(&str) -> Migrating<'_>,
    pub(crate) configure: fn(Edge, &ChainReader) -> Configure,
}

/// The name under which `piao serve` runs the ledger itself, with an edge of its own.
pub(crate) const LEDGER: &str = "ledger";

/// Every service of this build.
pub(crate) const SERVICES: &[ServiceRow] = &[
    ServiceRow {
        name: LEDGER,
        service: piao_ledger::gateway,
        migrate: |url| Box::pin(piao_ledger::migrate_gateway(url)),
        configure: |edge, chain| piao_ledger::configure(edge, chain.clone()),
    },
    ServiceRow {
        name: piao_registry::NAME,
        service: piao_registry::service,
        migrate: |url| Box::pin(piao_registry::migrate(url)),
        configure: |edge, _| piao_registry::configure(edge),
    },
    ServiceRow {
        name: piao_rules::NAME,
        service: piao_rules::service,
        migrate: |url| Box::pin(piao_rules::migrate(url)),
        configure: |edge, _| piao_rules::configure(edge),
    },
    ServiceRow {
        name: piao_issuance::NAME,
        service: piao_issuance::service,
        migrate: |url| Box::pin(piao_issuance::migrate(url)),
        configure: |edge, _| piao_issuance::configure(edge),
    },
    ServiceRow {
        name: piao_claims::NAME,
        service: piao_claims::service,
        migrate: |url| Box::pin(piao_claims::migrate(url)),
        configure: |edge, _| piao_claims::configure(edge),
    },
    ServiceRow {
        name: piao_reimbursement::NAME,
        service: piao_reimbursement::service,
        migrate: |url| Box::pin(piao_reimbursement::migrate(url)),
        configure: |edge, _| piao_reimbursement::configure(edge),
    },
];

/// The rows of some names; every row where none is named.
///
/// # Errors
/// [`Failure::Usage`] for a name that is none.
pub(crate) fn select(names: &[String]) -> Result<Vec<&'static ServiceRow>, Failure> {
    if names.is_empty() {
        return Ok(SERVICES.iter().collect());
    }
    let find = |name: &String| {
        SERVICES.iter().find(|row| row.name == name).ok_or_else(|| {
            let known = SERVICES.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
            Failure::Usage(format!("there is no service {name:?}; there are {known}"))
        })
    };
    names.iter().map(find).collect()
}
