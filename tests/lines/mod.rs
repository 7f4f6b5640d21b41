//! Lines of histories, written down by hand.

/// A line of a participant; the value is JSON.
pub(crate) fn line(process: &str, kind: &str, f: &str, value: &str) -> String {
    format!(
        "{{\"process\": \"{process}\", \"type\": \"{kind}\", \"f\": \"{f}\", \"value\": {value}}}\n"
    )
}

/// An operation with its input and its answer, over before anything else happens.
pub(crate) fn done(process: &str, f: &str, (input, answer): (&str, &str)) -> String {
    line(process, "invoke", f, input) + &line(process, "ok", f, answer)
}
