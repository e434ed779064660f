use std::time::Duration;

use piao_bus::{Bus as _, NamePrefix, RabbitBus, RabbitConfig};

use super::DoctorArgs;
use super::check::Checks;
use crate::exit::chain;
use crate::platform::Shape;
use crate::serve::shape;

const NAME: &str = "broker";
const QUARANTINE: &str = "quarantine";
/// Messages looked at; more are as bad.
const MESSAGES_MAX: usize = 10;

/// Looks at RabbitMQ: whether it answers and lets us declare what is ours, and whether anything is in quarantine.
pub(super) async fn look(checks: &mut Checks, args: &DoctorArgs) {
    let (url, prefix) = match shape(&args.shape) {
        Ok(Shape::Platform { amqp_url, amqp_prefix, .. }) => (amqp_url, amqp_prefix),
        Ok(Shape::Embedded(_)) => return checks.not_done(NAME, "the embedded shape has none"),
        Err(failure) => return checks.wrong(NAME, failure.to_string()),
    };
    let wait = Duration::from_secs(args.wait);
    let bus = NamePrefix::parse(&prefix).and_then(|prefix| {
        let config = RabbitConfig {
            connect_wait_max: wait,
            publish_wait_max: wait,
            ..RabbitConfig::new(&url, prefix)
        };
        RabbitBus::start(config, tokio::runtime::Handle::current())
    });
    let bus = match bus {
        Ok(bus) => bus,
        Err(error) => return checks.wrong(NAME, chain(&error)),
    };
    match bus.quarantined(MESSAGES_MAX).await {
        Ok(messages) => {
            checks.holds(NAME, "answers, and has our queues");
            if messages.is_empty() {
                checks.holds(QUARANTINE, "empty");
            } else {
                checks.wrong(
                    QUARANTINE,
                    format!("{} messages or more: see docs/operations.md", messages.len()),
                );
            }
        }
        Err(error) => checks.undecided(NAME, chain(&error)),
    }
    bus.close().await;
}
