//! The edge on a real PostgreSQL: what is taken, what is refused, what a restart finds, what a read model becomes.

mod follow;
mod http;
mod invoices;
mod journal;
mod rabbitmq;
mod schema;
mod submit;
mod support;
