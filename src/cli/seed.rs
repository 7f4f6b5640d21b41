//! The name of a random schedule on the command line: `checkout:bug=new-key@1:417`.

use std::borrow::Cow;
use std::fmt;

/// Schedule `number` of those that `seed` draws for a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seed<'t> {
    /// With its parameters.
    pub(super) workflow: &'t str,
    pub(super) seed: u64,
    /// From 0.
    pub(super) number: u64,
}

impl<'t> Seed<'t> {
    /// Reads `WORKFLOW@SEED:NUMBER`. What a workflow is called may hold anything: only the last `@` counts.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let (workflow, numbers) = text.rsplit_once('@')?;
        let (seed, number) = numbers.split_once(':')?;
        let is_whole = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if workflow.is_empty() || !is_whole(seed) || !is_whole(number) {
            return None;
        }
        Some(Self {
            workflow,
            seed: seed.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

impl fmt::Display for Seed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workflow,
            seed,
            number,
        } = self;
        write!(f, "{workflow}@{seed}:{number}")
    }
}

/// A word as a shell takes it for one: in quotes where it must be.
pub(super) fn shell_word(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,:/@=+%".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!("'{}'", word.replace('\'', r"'\''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_read_as_it_is_written() {
        for text in [
            "checkout@0:0",
            "lease:bug=no-fencing@18446744073709551615:417",
            "me@home@1:2",
        ] {
            assert_eq!(Seed::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "checkout",
            "checkout@1",
            "checkout@1:",
            "checkout@:1",
            "@1:2",
            "a@+1:2",
            "a@1:2:3",
            "a@1:99999999999999999999",
        ] {
            assert_eq!(Seed::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(
            shell_word("checkout:bug=new-key@0:17"),
            "checkout:bug=new-key@0:17"
        );
        assert_eq!(shell_word("it's {1}"), r"'it'\''s {1}'");
    }
}
