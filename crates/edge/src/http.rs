//! The HTTP server: one per process, on one port, for all services of the process.

mod answers;
mod body;
mod documents;
mod front;
mod get_transition;
mod head;
mod headers;
mod limits;
mod list;
mod methods;
mod probes;
mod server;
mod trace;

pub use answers::{ReadProblems, ReceiptBody, WriteAnswers};
pub(crate) use body::extract;
pub use body::{BODY_BYTES_MAX, PlainJson};
pub use documents::{merge, named};
pub use front::front;
pub use get_transition::{DecidedTransition, Journals, named_transition};
pub use head::Head;
pub use limits::{Limits, Rate, RateError, forwarded_for};
pub use list::{Cursor, LIMIT_DEFAULT, LIMIT_MAX, List, ListQuery};
pub use server::{Configure, HttpConfig, HttpHandle, HttpServed, serve};
pub use trace::TraceContext;
