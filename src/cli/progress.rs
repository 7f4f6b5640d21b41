//! A progress bar beside a campaign, and Ctrl-C, which ends it early with what was found so far.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::fuzz::Gauge;

/// How often the bar is drawn.
const EVERY: Duration = Duration::from_millis(100);

/// Runs a campaign with a bar of so many schedules where standard error is a terminal.
pub(super) fn watched<T: Send>(cases: u64, campaign: impl FnOnce(&Gauge) -> T + Send) -> T {
    let gauge = Arc::new(Gauge::default());
    stop_on_ctrl_c(&gauge);
    if !std::io::stderr().is_terminal() {
        return campaign(&gauge);
    }
    let bar = ProgressBar::new(cases);
    let template = "{wide_bar} {human_pos}/{human_len} schedules, {per_sec}, {msg}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let is_done = AtomicBool::new(false);
    let done = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                draw(&bar, &gauge);
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

fn draw(bar: &ProgressBar, gauge: &Gauge) {
    bar.set_position(gauge.schedules().max(gauge.states()));
    let under_way = match gauge.level() {
        Some(1) => "1 deviation".to_owned(),
        Some(level) => format!("{level} deviations"),
        None => "at random".to_owned(),
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
