//! The HTTP server: one per process, on one port, for all services of the process.

mod documents;
mod front;
mod head;
mod list;
mod server;
mod trace;

pub use documents::{merge, named};
pub use front::front;
pub use head::Head;
pub use list::{Cursor, LIMIT_DEFAULT, LIMIT_MAX, List, ListQuery};
pub use server::{Configure, HttpConfig, HttpHandle, HttpServed, serve};
pub use trace::TraceContext;
