//! Clients that nobody here wrote, over HTTP: libraries of Python sign, submit and get receipts, and the example of the
//! README does what it says.

mod clients;
mod documents;
mod openapi;
mod python;
mod readme;
mod stage;
