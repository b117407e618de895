//! How far a long run is: simulated time and how long the rest will take, on standard error, only where that is a terminal.
//!
//! Runs tell how much time has passed in them and never ask anything back, so being watched changes no result.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use archsim::report::numbers::duration;
use archsim::units::Span;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// A bar of simulated time; nothing where nobody looks.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Nanoseconds simulated so far, of all replications together.
    passed: AtomicU64,
}

/// Parts of the bar: enough that each step is less than what a terminal shows.
const PARTS: u64 = 1000;

impl Progress {
    /// For so much simulated time, all replications together.
    pub fn new(whole: Span, quiet: bool) -> Progress {
        let passed = AtomicU64::new(0);
        if quiet || whole == Span::ZERO || !std::io::stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden(), passed };
        }
        let said = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let here = whole.as_seconds() * state.pos() as f64 / PARTS as f64;
            let _ = write!(out, "{} of {}", duration(here), duration(whole.as_seconds()));
        };
        let style = ProgressStyle::with_template("{bar:30} {simulated} simulated, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("simulated", said);
        let bar = ProgressBar::new(PARTS).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, passed }
    }

    /// So much more has been simulated.
    pub fn seen(&self, more: Span, whole: Span) {
        if self.bar.is_hidden() {
            return;
        }
        let passed = self.passed.fetch_add(more.0, Ordering::Relaxed).saturating_add(more.0);
        self.bar.set_position((u128::from(passed) * u128::from(PARTS) / u128::from(whole.0.max(1))) as u64);
    }

    /// The runs are over.
    pub fn over(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_anything_where_nobody_looks() {
        let progress = Progress::new(Span::seconds(10), true);
        progress.seen(Span::seconds(99), Span::seconds(10));
        assert_eq!((progress.passed.load(Ordering::Relaxed), progress.bar.position()), (0, 0));
    }
}
