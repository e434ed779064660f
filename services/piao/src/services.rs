//! The services by name, each as one row.

use piao_edge::http::Configure;
use piao_edge::migrations::{COMMON, INVOICE};
use piao_edge::service::{Edge, Service};
use piao_ledger::ChainReader;
use piao_store::{EmbeddedMigrations, StoreError};

use crate::exit::Failure;

/// What a service is to the process that runs it.
pub(crate) struct ServiceRow {
    pub(crate) name: &'static str,
    pub(crate) service: fn() -> Result<Service, StoreError>,
    /// What its schema has beside the tables that every service has.
    own: fn() -> Vec<EmbeddedMigrations>,
    pub(crate) configure: fn(Edge, &ChainReader) -> Configure,
}

/// The name under which `piao serve` runs the ledger itself, with an edge of its own.
pub(crate) const LEDGER: &str = "ledger";

/// Every service of this build.
pub(crate) const SERVICES: &[ServiceRow] = &[
    ServiceRow {
        name: LEDGER,
        service: piao_ledger::gateway,
        own: Vec::new,
        configure: |edge, chain| piao_ledger::configure(edge, chain.clone()),
    },
    ServiceRow {
        name: piao_registry::NAME,
        service: piao_registry::service,
        own: || vec![piao_registry::MIGRATIONS],
        configure: |edge, _| piao_registry::configure(edge),
    },
    ServiceRow {
        name: piao_rules::NAME,
        service: piao_rules::service,
        own: || vec![piao_rules::MIGRATIONS],
        configure: |edge, _| piao_rules::configure(edge),
    },
    ServiceRow {
        name: piao_issuance::NAME,
        service: piao_issuance::service,
        own: || vec![INVOICE, piao_issuance::MIGRATIONS],
        configure: |edge, _| piao_issuance::configure(edge),
    },
    ServiceRow {
        name: piao_claims::NAME,
        service: piao_claims::service,
        own: || vec![INVOICE],
        configure: |edge, _| piao_claims::configure(edge),
    },
    ServiceRow {
        name: piao_reimbursement::NAME,
        service: piao_reimbursement::service,
        own: || vec![INVOICE, piao_reimbursement::MIGRATIONS],
        configure: |edge, _| piao_reimbursement::configure(edge),
    },
];

impl ServiceRow {
    /// What brings its schema up to date, in order.
    pub(crate) fn migrations(&self) -> Vec<EmbeddedMigrations> {
        std::iter::once(COMMON).chain((self.own)()).collect()
    }

    /// Brings its schema up to date, before a pool is opened.
    ///
    /// # Errors
    /// As [`piao_store::migrate`].
    pub(crate) async fn migrate(&self, url: &str) -> Result<(), StoreError> {
        let service = (self.service)()?;
        for migrations in self.migrations() {
            piao_store::migrate(url, service.schema(), migrations).await?;
        }
        Ok(())
    }
}

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
