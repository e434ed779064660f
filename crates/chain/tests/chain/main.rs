//! The core as a whole: what every state makes of every transition, every refusal, what always holds, replay.

mod explore;
mod given;
mod invoice_oracle;
mod invoice_table;
mod recorded;
mod replay;
