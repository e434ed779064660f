//! The tables of the rules service, one file each. Functions take a connection and open no transaction.

pub(crate) mod rule_set;
