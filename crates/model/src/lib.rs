//! A model of the way of a transition, checked exhaustively: every order of steps and failures within a [`Scope`], not
//! some of them as in a test that is drawn by chance.
//!
//! It must never be used by the product, nor use it: a model that called the code it stands for would share its
//! mistakes. Each step names the code that it stands for, so that who changes the one looks at the other.
//!
//! **What it holds.** Enterprises sign a lock of an invoice each ([`client`]). One service takes it into its journal,
//! publishes it until it is decided and follows the blocks ([`edge`]). The queue delivers in any order, once, twice or
//! not at all ([`bus`]). Two ledgers compete for it, either of which may believe that it leads ([`ledger`]). One
//! database holds head, epoch, decided ids and locks ([`store`]). What may fail is a [`Fault`], at any point at which it
//! can: a message is doubled or lost, a connection breaks, a ledger or the service crashes, or all of it at once with
//! the queue, a second ledger opens the chain, the server ends a transaction that stands still, the answer to a COMMIT
//! is lost and it came through or did not, or does so later.
//!
//! **Why it ends.** Faults come from a [`Budget`]. Whatever else happens brings the state nearer to its end, as
//! [`rank`] measures and `tests/exhaustive.rs` checks on every step: no path is endless, and "in the end" means every
//! state from which no step leads on. (`Property::eventually` of stateright is not used: it takes a property that held
//! once for one that holds, and forgets it where two paths join.)
//!
//! **What it leaves out**, since it would only multiply states: signatures and poison, which edge and intake check before
//! anything here; heights and epochs as numbers, of which only differences decide; announcements, which only hasten what
//! a follower fetches anyway; partial locks, settling and booking, which are the pure core's and are explored in
//! `crates/chain/tests`; more than two transitions in a block. A stopped ledger needs no step of its own: it is one that
//! takes none for a while, whatever the others do.
//!
//! **What it takes for granted.** That a database which came back without its last block is not opened where the service
//! has applied that block (protocol §5): today the operator sees to it (`docs/operations.md`), a ledger that ran at the
//! time notices by itself. That such a database came back in the same epoch, so that no epoch has its number twice. And
//! that two states with one 64-bit fingerprint are one: among five million states, two differ nevertheless with a chance
//! below one in a million.
//!
//! **That it would notice** is shown by [`Bug`]: for each, the model with one thing done wrong, and the promise that is
//! not kept any more (`tests/sensitivity.rs`). What is wrong in bytes has no place at this height: an id that covers the
//! signature, an order of a map in a root.

pub mod action;
pub mod bug;
pub mod bus;
pub mod client;
pub mod edge;
pub mod execute;
pub mod fault;
pub mod ledger;
pub mod names;
pub mod property;
pub mod rank;
pub mod record;
pub mod scope;
pub mod state;
pub mod store;
pub mod symmetry;
pub mod way;

pub use action::Action;
pub use bug::Bug;
pub use fault::{Budget, Fault};
pub use property::Promise;
pub use scope::Scope;
pub use state::State;
pub use way::Way;
