//! When things are due where nobody waits for anybody: fixed before the clock starts.

use std::time::Duration;

/// When each is due, after the start, where every phase has a rate of its own.
pub(crate) fn phases(phases: &[(f64, Duration)]) -> Vec<Duration> {
    let mut due = Vec::new();
    let mut begins = Duration::ZERO;
    for (per_second, time) in phases {
        let every = Duration::from_secs_f64(1.0 / per_second);
        due.extend((0_u32..).map(|place| every * place).take_while(|after| after < time).map(|a| begins + a));
        begins += *time;
    }
    due
}

/// Steps of lives at a fixed rate: each life's next step is due a while after the one before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    per_second: f64,
    lives: usize,
    steps: u32,
    /// From one step of a life to its next.
    between_steps: Duration,
}

/// A step that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    /// After the start.
    pub(crate) after: Duration,
    pub(crate) life: usize,
    pub(crate) step: usize,
}

impl Schedule {
    /// A schedule of so many steps a life, so many steps a second once the last ones are due.
    pub(crate) const fn new(per_second: f64, lives: usize, steps: u32, between_steps: Duration) -> Self {
        Self { per_second, lives, steps, between_steps }
    }

    /// From one life to the next.
    pub(crate) fn life_every(&self) -> Duration {
        Duration::from_secs_f64(f64::from(self.steps) / self.per_second)
    }

    /// When a life begins.
    pub(crate) fn begins(&self, life: usize) -> Duration {
        self.life_every().mul_f64(f64::from(u32::try_from(life).unwrap_or(u32::MAX)))
    }

    /// After what all kinds of steps are due.
    pub(crate) fn lead(&self) -> Duration {
        self.between_steps * (self.steps - 1)
    }

    /// Everything that is due, in order.
    pub(crate) fn all(&self) -> Vec<Due> {
        let life_every = self.life_every();
        let mut due = Vec::new();
        for life in 0..self.lives {
            for step in 0..self.steps {
                // A share of a beat apart, so that the kinds of steps do not come at one moment.
                let after = self.begins(life) + (self.between_steps + life_every / self.steps) * step;
                due.push(Due { after, life, step: usize::try_from(step).unwrap_or(0) });
            }
        }
        due.sort_unstable();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_its_own_rate() {
        let second = Duration::from_secs(1);
        let due = phases(&[(10.0, 2 * second), (100.0, second), (10.0, second)]);
        let within =
            |from: u32| due.iter().filter(|at| second * from <= **at && **at < second * (from + 1)).count();
        assert!(due.is_sorted() && due[0] == Duration::ZERO);
        assert_eq!([0, 1, 2, 3, 4].map(within), [10, 10, 100, 10, 0]);
    }

    #[test]
    fn a_schedule_has_every_step_once_in_order_and_at_its_rate() {
        let all = Schedule::new(300.0, 400, 3, Duration::from_secs(1)).all();
        assert_eq!(all.len(), 1200);
        assert!(all.is_sorted());
        for life in [0, 7, 399] {
            let steps = all.iter().filter(|due| due.life == life).map(|due| due.step).collect::<Vec<_>>();
            assert_eq!(steps, [0, 1, 2]);
        }
        // Between the second in which the last steps begin and the one in which the first ones end.
        let within = |from: u64, until: u64| {
            let (from, until) = (Duration::from_millis(from), Duration::from_millis(until));
            all.iter().filter(|due| from <= due.after && due.after < until).count()
        };
        assert!((299..=301).contains(&within(2500, 3500)), "{}", within(2500, 3500));
    }
}
