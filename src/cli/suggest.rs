//! Did you mean …?

use crate::history;

/// `: did you mean `register`?` where one of the names is close to `word`; else nothing.
pub(super) fn did_you_mean<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    closest(word, names).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The name that a misspelt word most likely means, or of which it is one part; of several, the first.
pub(super) fn closest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase();
    let names: Vec<&str> = names.into_iter().collect();
    let has_part = |name: &&str| word.len() >= 3 && name.split('-').any(|part| part == word);
    history::closest(&word, names.iter().copied())
        .or_else(|| names.iter().copied().find(|name| has_part(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_meant() {
        let names = ["register", "cas-register", "queue", "priority-queue"];
        assert_eq!(closest("regsiter", names), Some("register"));
        assert_eq!(closest("QUEUE", names), Some("queue"));
        assert_eq!(closest("cas", names), Some("cas-register"));
        assert_eq!(closest("banana", names), None);
        assert_eq!(did_you_mean("quue", names), ": did you mean `queue`?");
    }
}
