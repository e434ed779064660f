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
    /// A schedule of three steps a life, so many steps a second once the third ones are due.
    pub(crate) const fn new(per_second: f64, lives: usize, between_steps: Duration) -> Self {
        Self { per_second, lives, between_steps }
    }

    /// Everything that is due, in order.
    pub(crate) fn all(&self) -> Vec<Due> {
        let life_every = Duration::from_secs_f64(3.0 / self.per_second);
        let mut due = Vec::with_capacity(3 * self.lives);
        for life in 0..self.lives {
            let begins = life_every.mul_f64(f64::from(u32::try_from(life).unwrap_or(u32::MAX)));
            for step in 0..3_u32 {
                // A third of a beat apart, so that the three kinds of steps do not come at one moment.
                let after = begins + self.between_steps * step + (life_every / 3) * step;
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
        let all = Schedule::new(300.0, 400, Duration::from_secs(1)).all();
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
