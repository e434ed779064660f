//! What an invoice prints and the checks that need nothing but itself (domain §5).

mod entry;
mod printed;
mod sample;
