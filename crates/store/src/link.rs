//! How a connection notices that the other side is gone.
//!
//! A machine that vanished without a word (its power, its network) leaves a connection that looks open: without this a
//! statement waits for its answer for as long as TCP retransmits, a quarter of an hour on Linux.

use std::time::Duration;

/// `url` with keepalives and a bound on unacknowledged bytes, where it sets none itself. Both forms that the driver
/// reads are known: `postgres://…?name=value` and `name=value name=value`.
pub(crate) fn watched(url: &str, peer_wait_max: Duration) -> String {
    let seconds = peer_wait_max.as_secs().max(4);
    // Half of the time passes before the first probe, then there are four.
    let settings = [
        ("tcp_user_timeout", seconds),
        ("keepalives_idle", seconds / 2),
        ("keepalives_interval", (seconds / 8).max(1)),
        ("keepalives_retries", 4),
    ];
    let is_url = url.contains("://");
    let mut url = url.to_owned();
    for (name, value) in settings {
        if !url.contains(name) {
            let glue = match (is_url, url.contains('?')) {
                (true, true) => '&',
                (true, false) => '?',
                (false, _) => ' ',
            };
            url += &format!("{glue}{name}={value}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expect: &str) {
        assert_eq!(watched(url, Duration::from_secs(20)), expect);
    }

    #[test]
    fn what_the_url_does_not_set_is_set() {
        let all = "tcp_user_timeout=20&keepalives_idle=10&keepalives_interval=2&keepalives_retries=4";
        check("postgres://u:p@h/d", &format!("postgres://u:p@h/d?{all}"));
        check("postgres://u:p@h/d?sslmode=disable", &format!("postgres://u:p@h/d?sslmode=disable&{all}"));
        check(
            "postgres://h/d?tcp_user_timeout=3&keepalives_retries=1",
            "postgres://h/d?tcp_user_timeout=3&keepalives_retries=1&keepalives_idle=10&keepalives_interval=2",
        );
        check("host=h user=u", &format!("host=h user=u {}", all.replace('&', " ")));
    }
}
