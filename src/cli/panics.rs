//! The last resort: a panic becomes exit code 70 with what to send.

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

use super::args::Color;
use super::exit;
use super::terminal::{Terminal, Volume};

/// Does `work`; where it panics, says what to send instead of what Rust says.
pub(super) fn caught(arguments: &[OsString], work: impl FnOnce() -> u8) -> u8 {
    let first = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&first);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let mut first = seen.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| told(panic));
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(before);
    outcome.unwrap_or_else(|_payload| {
        let message = first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let message = message.unwrap_or_else(|| "no message".to_owned());
        Terminal::new(Color::Auto, Volume::Normal).tell(&bug(&message, arguments));
        exit::BUG
    })
}

fn told(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let place = panic
        .location()
        .map_or_else(String::new, |place| format!(" at {place}"));
    format!("{}{place}", message.unwrap_or("a panic without a message"))
}

fn bug(message: &str, arguments: &[OsString]) -> String {
    let words = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> = words.collect();
    format!(
        "error: this is a bug in testimony itself, or in a specification or promise built into this program\n\
         \n  message: {message}\n  version: testimony {}\n  system:  {} {}\n  command: {}\n\n\
         Please report it with these lines and, if you can, the history.",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        words.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_says_what_to_send() {
        let arguments = [OsString::from("testimony"), OsString::from("check")];
        let shown = bug("the impossible at x.rs:1:2", &arguments);
        for part in [
            "the impossible at x.rs:1:2",
            env!("CARGO_PKG_VERSION"),
            "testimony check",
        ] {
            assert!(shown.contains(part), "{shown}");
        }
    }
}
