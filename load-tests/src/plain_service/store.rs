//! The tables of the service: one transaction a request, over connections that keep their statements.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, Statement, Transaction};

use super::signed::{Asked, Issue, Lock, Signed};
use crate::failure::Failure;

/// Open connections: some more than pgbench is given, whose clients never do anything else.
const CONNECTIONS: usize = 32;

const ISSUE: &str = "INSERT INTO invoice (number, issuer, buyer, amount, tax, version, body) \
                     VALUES ($1, $2, $3, $4, $5, 1, $6::text::jsonb)";
const CLAIM: &str =
    "UPDATE invoice SET holder = $2, version = version + 1 WHERE number = $1 AND holder IS NULL";
const LOCK: &str =
    "INSERT INTO invoice_lock (invoice, enterprise, claim_ref, amount) VALUES ($1, $2, $3, $4)";
const TOUCH: &str = "UPDATE invoice SET version = version + 1 WHERE number = $1";
const CHANGE: &str = "INSERT INTO change (invoice, kind, payload, signature) VALUES ($1, $2, $3, $4)";

/// A pool of connections.
pub(super) struct Store {
    free: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    client: Client,
    issue: Statement,
    claim: Statement,
    lock: Statement,
    touch: Statement,
    change: Statement,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    Accepted,
    /// Something is there already, or is not there.
    Refused,
}

impl Store {
    /// Opens all connections.
    pub(super) async fn connect(database_url: &str) -> Result<Self, Failure> {
        let mut idle = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            let client = crate::servers::connect(database_url).await?;
            let connection = Connection::prepare(client).await;
            idle.push(connection.map_err(Failure::doing("preparing statements"))?);
        }
        Ok(Self { free: Semaphore::new(CONNECTIONS), idle: Mutex::new(idle) })
    }

    /// Commits a request, or finds that it cannot be.
    pub(super) async fn commit(&self, signed: &Signed) -> Result<Decided, Failure> {
        let _permit = self.free.acquire().await.map_err(Failure::doing("waiting for a connection"))?;
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = taken.ok_or_else(|| Failure::new("no connection is idle"))?;
        let decided = connection.decide(signed).await;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        match decided {
            Ok(decided) => Ok(decided),
            Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Decided::Refused),
            Err(error) => Err(Failure::doing("writing a transition")(error)),
        }
    }
}

impl Connection {
    async fn prepare(client: Client) -> Result<Self, Error> {
        Ok(Self {
            issue: client.prepare(ISSUE).await?,
            claim: client.prepare(CLAIM).await?,
            lock: client.prepare(LOCK).await?,
            touch: client.prepare(TOUCH).await?,
            change: client.prepare(CHANGE).await?,
            client,
        })
    }

    async fn decide(&mut self, signed: &Signed) -> Result<Decided, Error> {
        let Self { client, issue, claim, lock, touch, change } = self;
        // Ends without a trace where it is dropped before its commit.
        let transaction: Transaction<'_> = client.transaction().await?;
        let Signed { party, asked, payload, signature } = signed;
        let (invoice, kind, changed) = match asked {
            Asked::Issue(Issue { number, buyer, amount, tax, text }) => {
                let values = [
                    number as &(dyn tokio_postgres::types::ToSql + Sync),
                    party,
                    &buyer.id,
                    amount,
                    tax,
                    text,
                ];
                (number, "invoice.issue", transaction.execute(issue, &values).await?)
            }
            Asked::Claim { invoice } => {
                (invoice, "claim.take", transaction.execute(claim, &[invoice, party]).await?)
            }
            Asked::Lock(Lock { invoice, claim_ref, amount }) => {
                transaction.execute(lock, &[invoice, party, claim_ref, amount]).await?;
                (invoice, "reimbursement.lock", transaction.execute(touch, &[invoice]).await?)
            }
        };
        if changed != 1 {
            return Ok(Decided::Refused);
        }
        transaction.execute(change, &[invoice, &kind, payload, signature]).await?;
        transaction.commit().await?;
        Ok(Decided::Accepted)
    }
}
