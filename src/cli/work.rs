//! Reads and judges many histories within the limits of one run.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

use crate::check::Budget;
use crate::history::{History, OnFault, ReadError};

use super::args::{Histories, Limits, Reading};
use super::exit;
use super::paths;
use super::terminal::{Stop, Terminal};

/// Finds the histories that the arguments name, and says what is wrong with the arguments. The exit
/// code is that of the arguments alone.
pub(super) fn histories(args: &Histories, terminal: Terminal) -> (Vec<PathBuf>, u8) {
    let found = paths::find(&args.paths);
    let mut code = exit::KEPT;
    for fault in &found.faults {
        terminal.error(fault);
        code = exit::worse(code, exit::NOT_CHECKED);
    }
    for empty in &found.empty {
        terminal.error(empty);
        code = exit::worse(code, exit::NOTHING);
    }
    (found.histories, code)
}

/// Does the same work for each item, several at once; the answers stand in the order of the items.
///
/// # Errors
/// The threads cannot be started.
pub(super) fn for_each<I: Sync, T: Send>(
    items: &[I],
    limits: &Limits,
    work: impl Fn(&I, &Budget) -> T + Send + Sync,
) -> Result<Vec<T>, Stop> {
    let budget = limits.budget();
    let all = || items.par_iter().map(|item| work(item, &budget)).collect();
    let timer = limits
        .timeout
        .map(|limit| Timer::start(limit, budget.clone()));
    let threads = limits.threads.map_or(0, std::num::NonZeroUsize::get);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Stop::failed(format!("failed to start threads: {error}")))?;
    let answers = pool.install(all);
    drop(timer);
    Ok(answers)
}

impl Limits {
    /// The budget of one object or scope.
    fn budget(&self) -> Budget {
        let default = Budget::default();
        Budget::new(
            self.budget_nodes.unwrap_or(default.nodes),
            self.memory.unwrap_or(default.memory_bytes),
        )
    }
}

/// Stops the searches when the time is over.
struct Timer {
    _done: mpsc::Sender<()>,
}

impl Timer {
    /// The thread ends with the time, or when the timer is dropped.
    fn start(limit: Duration, budget: Budget) -> Self {
        let (done, over) = mpsc::channel();
        thread::spawn(move || {
            if over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                budget.stop();
            }
        });
        Self { _done: done }
    }
}

/// Reads a history from a file or from standard input.
pub(super) fn read(path: &Path, reading: Reading) -> Result<History, ReadError> {
    let bytes = match path == Path::new("-") {
        true => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(path),
    };
    let bytes = bytes.map_err(|source| ReadError::Io {
        path: path.to_owned(),
        source,
    })?;
    let format = reading.from.map(|word| word.0);
    let path = path.to_string_lossy();
    Ok(History::read_as(format, &path, bytes, reading.on_fault())?)
}

impl Reading {
    pub(super) const fn on_fault(&self) -> OnFault {
        match self.keep_going {
            true => OnFault::KeepGoing,
            false => OnFault::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(timeout: Option<Duration>, threads: usize) -> Limits {
        Limits {
            budget_nodes: Some(1),
            timeout,
            memory: Some(1),
            threads: std::num::NonZeroUsize::new(threads),
        }
    }

    #[test]
    fn answers_stand_in_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        let squares =
            |threads| for_each(&items, &limits(None, threads), |item, _| item * item).unwrap();
        assert_eq!(squares(1), squares(7));
    }

    #[test]
    fn the_timer_stops_the_budget() {
        let until_stopped = |(): &(), budget: &Budget| {
            while !budget.is_stopped() {
                thread::yield_now();
            }
        };
        let brief = limits(Some(Duration::from_millis(1)), 1);
        assert_eq!(for_each(&[()], &brief, until_stopped).unwrap(), [()]);
    }
}
