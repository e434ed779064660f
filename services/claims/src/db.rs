//! What the service asks of its schema. Functions take a connection and open no transaction.

pub(crate) mod claim;
