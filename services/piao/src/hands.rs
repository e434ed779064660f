//! What a person or a script does through the program: each noun in a module of its own, its options beside what it
//! does.

pub(crate) mod book;
pub(crate) mod claim;
pub(crate) mod connect;
pub(crate) mod invoice;
mod kept;
pub(crate) mod language;
pub(crate) mod lock;
mod measure;
pub(crate) mod party;
pub(crate) mod proof;
pub(crate) mod quota;
mod read;
pub(crate) mod rules;
mod send;
mod told;
pub(crate) mod tx;
