//! A progress bar beside a campaign or an exploration, and Ctrl-C, which ends it early with what was found so far.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::fuzz::Gauge;

/// How often the bar is drawn.
const EVERY: Duration = Duration::from_millis(100);

/// What there is at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Schedules(u64),
    States(u64),
}

impl Counted {
    /// How a bar says how many there are.
    const fn template(self) -> &'static str {
        match self {
            Self::Schedules(_) => {
                "{wide_bar} {human_pos}/{human_len} schedules, {per_sec}, {msg}, {eta} left"
            }
            Self::States(_) => "{wide_bar} {human_pos} states of {human_len} at most, {per_sec}",
        }
    }
}

/// Runs a campaign or an exploration with a bar where standard error is a terminal.
pub(super) fn watched<T: Send>(counted: Counted, campaign: impl FnOnce(&Gauge) -> T + Send) -> T {
    let gauge = Arc::new(Gauge::default());
    stop_on_ctrl_c(&gauge);
    if !std::io::stderr().is_terminal() {
        return campaign(&gauge);
    }
    let (Counted::Schedules(most) | Counted::States(most)) = counted;
    let bar = ProgressBar::new(most);
    if let Ok(style) = ProgressStyle::with_template(counted.template()) {
        bar.set_style(style);
    }
    let is_done = AtomicBool::new(false);
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                draw(counted, &bar, &gauge);
                thread::sleep(EVERY);
            }
        });
        let done = campaign(&gauge);
        is_done.store(true, Ordering::Relaxed);
        done
    });
    bar.finish_and_clear();
    done
}

fn draw(counted: Counted, bar: &ProgressBar, gauge: &Gauge) {
    if let Counted::States(_) = counted {
        bar.set_position(gauge.states());
        return;
    }
    bar.set_position(gauge.schedules());
    let under_way = match (gauge.states(), gauge.level()) {
        (0, Some(1)) => "1 deviation".to_owned(),
        (0, Some(level)) => format!("{level} deviations"),
        (0, None) => "at random".to_owned(),
        (states, _) => format!("every state: {states}"),
    };
    bar.set_message(format!("{} distinct runs, {under_way}", gauge.classes()));
}

/// The gauge that Ctrl-C stops: a process has one handler, however many campaigns it runs.
static STOPPED: Mutex<Option<Arc<Gauge>>> = Mutex::new(None);

/// Whether Ctrl-C was pressed before: who presses it twice does not want to wait.
static IS_PRESSED: AtomicBool = AtomicBool::new(false);
/// What shells expect of a process that was interrupted.
const INTERRUPTED: i32 = 130;

fn stop_on_ctrl_c(gauge: &Arc<Gauge>) {
    let mut stopped = STOPPED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = stopped.replace(Arc::clone(gauge)).is_none();
    if is_first {
        // Where there can be no handler, Ctrl-C ends the process, as it always does.
        let _no_handler = ctrlc::set_handler(|| {
            let stopped = STOPPED.lock().unwrap_or_else(PoisonError::into_inner);
            if IS_PRESSED.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
            if let Some(gauge) = stopped.as_ref() {
                gauge.stop();
            }
        });
    }
}
