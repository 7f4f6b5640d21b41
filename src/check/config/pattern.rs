//! Names with `*`: which checks, scopes and histories an entry speaks of.

use std::fmt;

/// A name, or several: `*` stands for any text, also for none. Nothing else is special, so that a scope may be
/// written as the report prints it, brackets and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as it is written; every text is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may stand for more than one text.
    #[must_use]
    pub fn has_star(&self) -> bool {
        self.0.contains('*')
    }

    /// Whether it stands for this text.
    ///
    /// # Complexity
    /// O(pattern · text): the pieces between the stars are found from left to right, the first place of each.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if self.0 == text {
            return true;
        }
        let Some((head, rest)) = self.0.split_once('*') else {
            return false;
        };
        let (pieces, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(inner) = text.strip_prefix(head) else {
            return false;
        };
        let Some(mut inner) = inner.strip_suffix(tail) else {
            return false;
        };
        for piece in pieces.split('*') {
            let Some(at) = inner.find(piece) else {
                return false;
            };
            inner = &inner[at + piece.len()..];
        }
        true
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let matching = [
            ("order-781", "order-781"),
            ("*", ""),
            ("*", "anything"),
            ("order-*", "order-781"),
            ("*-once", "charge-at-most-once"),
            ("charge-*-once", "charge-at-most-once"),
            ("a*b*c", "a-b-b-c"),
            ("[\"show\",*]", "[\"show\",7]"),
            ("a**b", "ab"),
        ];
        for (pattern, text) in matching {
            assert!(Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
        let others = [
            ("order-781", "order-7811"),
            ("order-*", "border-781"),
            ("aba*aba", "aba"),
            ("a*b*c", "acb"),
            ("", "x"),
            ("order-?", "order-7"),
        ];
        for (pattern, text) in others {
            assert!(!Pattern::new(pattern).matches(text), "{pattern} {text}");
        }
    }
}
