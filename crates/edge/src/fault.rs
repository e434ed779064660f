//! Places where a test lets the process die or stop. Without the feature `crash-points` there is nothing here.

/// A place on the way of a transition, listed in `piao_testkit::points`.
///
/// With the feature, the process kills itself here where `PIAO_CRASH_POINT` is `name`, or `name:n` for the n-th time
/// that it comes by, and stops until it is continued where `PIAO_STOP_POINT` says so.
#[cfg(not(feature = "crash-points"))]
pub const fn point(_name: &str) {}

#[cfg(feature = "crash-points")]
pub use armed::point;

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use signal_hook::consts::{SIGKILL, SIGSTOP};
    use signal_hook::low_level::raise;

    struct Fault {
        name: String,
        /// How often the process may still come by unharmed, and once more.
        left: AtomicU64,
        signal: i32,
    }

    static FAULTS: LazyLock<Vec<Fault>> = LazyLock::new(|| {
        let read = |variable, signal| {
            let wish = std::env::var(variable).ok()?;
            let (name, left) = match wish.split_once(':') {
                Some((name, count)) => (name, count.parse().ok()?),
                None => (wish.as_str(), 1),
            };
            Some(Fault { name: name.to_owned(), left: AtomicU64::new(left), signal })
        };
        let faults = [read("PIAO_CRASH_POINT", SIGKILL), read("PIAO_STOP_POINT", SIGSTOP)];
        faults.into_iter().flatten().collect()
    });

    /// Kills or stops the process where it was told so.
    pub fn point(name: &str) {
        for fault in FAULTS.iter().filter(|fault| fault.name == name) {
            if fault.left.fetch_sub(1, Ordering::SeqCst) == 1
                && let Err(error) = raise(fault.signal)
            {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot raise a signal");
            }
        }
    }
}
