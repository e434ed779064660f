//! The whole way in one thread, from one seed: the real ledger and services over a database, a broker, a network and
//! clocks that are made here, and go wrong as the seed says.
//!
//! Everything that can differ between two runs comes from the seed: which step takes how long, which message is lost,
//! which machine dies between which two of its steps. Time is the runtime's, which is paused: it goes on when nobody
//! has anything to do.

mod broker;
mod bugs;
mod cast;
mod chance;
mod checks;
mod client;
mod edge_store;
mod edge_tables;
mod machine;
mod node;
mod queue;
mod run;
mod server;
mod session;
mod tables;
mod trace;
mod world;

pub use broker::{Broker, SimBus, Witness};
pub use bugs::{Bug, Bugs, deaf_to_lost_acks};
pub use cast::{Cast, Memory};

pub use chance::{Seeded, Sim, Weather};
pub use edge_store::{EdgeServer, EdgeStore};
pub use edge_tables::EdgeTables;
pub use machine::Machine;
pub use run::{Outcome, Simulator};
pub use server::{Committed, LedgerServer};
pub use session::{SimLedger, SimSession};
pub use tables::{StoredBlock, Tables};
pub use trace::Trace;
