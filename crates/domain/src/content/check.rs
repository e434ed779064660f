//! The checks of an invoice that need nothing but itself (domain §5). Each names the first member that is wrong,
//! in the order printed.

mod buyer;
mod lines;
mod totals;

pub use buyer::buyer;
pub use lines::lines;
pub use totals::totals;
