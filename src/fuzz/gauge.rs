//! What others may see of a campaign or an exploration while it goes on, and how they stop it.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::campaign::Progress;

/// How far a campaign has come: to be looked at from another thread.
#[derive(Debug, Default)]
pub struct Gauge {
    schedules: AtomicU64,
    classes: AtomicU64,
    states: AtomicU64,
    /// The number of deviations of the level under way, plus one; 0: schedules are drawn at random.
    level: AtomicU32,
    is_stopped: AtomicBool,
}

impl Gauge {
    /// How many schedules were played.
    pub fn schedules(&self) -> u64 {
        self.schedules.load(Ordering::Relaxed)
    }

    /// How many of their runs differ by more than the order of unrelated steps.
    pub fn classes(&self) -> u64 {
        self.classes.load(Ordering::Relaxed)
    }

    /// How many states were entered, where all are visited.
    pub fn states(&self) -> u64 {
        self.states.load(Ordering::Relaxed)
    }

    /// How many deviations each schedule has just now; `None`: schedules are drawn at random.
    pub fn level(&self) -> Option<u32> {
        self.level.load(Ordering::Relaxed).checked_sub(1)
    }

    /// Ends the campaign soon: what was seen so far is its result.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    pub(super) fn enter_level(&self, deviations: u32) {
        let level = deviations.saturating_add(1);
        self.level.store(level, Ordering::Relaxed);
    }

    pub(super) fn draw_at_random(&self) {
        self.level.store(0, Ordering::Relaxed);
    }

    pub(super) fn show_states(&self, states: u64) {
        self.states.store(states, Ordering::Relaxed);
    }

    pub(super) fn show(&self, progress: &Progress) {
        self.schedules.store(progress.schedules, Ordering::Relaxed);
        let classes = progress.coverage.classes();
        self.classes.store(classes, Ordering::Relaxed);
    }
}
