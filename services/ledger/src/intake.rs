//! Takes commands off the bus and makes verified transitions of them, on all cores.
//!
//! Over a broker nobody is trusted: every signature is checked here again. What no signature can make right is put
//! aside and never decided; it was never acknowledged to anybody, since an edge takes nothing like it.

mod cores;
mod decode;
mod keys;
mod run;

pub use cores::Cores;
pub(crate) use decode::{Read, Taken, parse, verify};
pub(crate) use keys::KeyRing;
pub(crate) use run::{Answer, Intake, Taking, told};
