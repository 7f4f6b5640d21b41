//! Did you mean …?

/// `: did you mean `register`?` where one of the names is close to `word`; else nothing.
pub(super) fn did_you_mean<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    closest(word, names).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The name that a misspelt word most likely means; of several, the first.
pub(super) fn closest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    let distance_max = (length / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        let is_part = length >= 3 && name.split('-').any(|part| part == word);
        let distance = match is_part {
            true => distance_max,
            false => strsim::damerau_levenshtein(&word, &name.to_lowercase()),
        };
        if distance <= distance_max && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
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
