//! What every bus promises, asked of the bus of one process and of RabbitMQ. The simulated broker is asked the same in
//! `services/ledger/tests/conformance`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod claims;
mod support;

use claims::asking;

mod in_process {
    crate::claims::ask_every_claim!(crate::support::in_process);
}

mod rabbitmq {
    crate::claims::ask_every_claim!(crate::support::rabbitmq);
    crate::claims::ask_every_claim_about_a_broker!(crate::support::rabbitmq);
}
