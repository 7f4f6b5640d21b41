//! Findings that are known and accepted: `[[accepted]]`.
//!
//! An entry speaks of one check, of one scope or a pattern of scopes, and says why its findings are lived with and, if
//! somebody decided so, until when. It changes no verdict: the finding stays in the report and does not count.

use std::collections::BTreeSet;
use std::fmt;

use crate::history::{Spot, Verdict};
use crate::verdict::Judgement;

use super::{Config, Pattern};

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2027-01-31`; `None` where the text is no such day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit_or_hyphen = |(at, byte): (usize, u8)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(is_digit_or_hyphen) {
            return None;
        }
        let (year, month, day) = (
            text[..4].parse().ok()?,
            text[5..7].parse().ok()?,
            text[8..].parse().ok()?,
        );
        let exists = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The day (UTC) on which so many seconds had passed since the beginning of 1970.
    #[must_use]
    pub fn of_unix_seconds(seconds: u64) -> Self {
        const DAY_SECONDS: u64 = 86_400;
        let mut days = seconds / DAY_SECONDS;
        let mut date = Self {
            year: 1970,
            month: 1,
            day: 1,
        };
        while date.year < 9999 {
            let in_month = u64::from(days_in(date.year, date.month));
            if days < in_month {
                break;
            }
            days -= in_month;
            date = match date.month {
                12 => Self {
                    year: date.year + 1,
                    month: 1,
                    day: 1,
                },
                month => Self {
                    month: month + 1,
                    ..date
                },
            };
        }
        date.day += u8::try_from(days.min(30)).unwrap_or(0);
        date
    }
}

const fn days_in(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// One `[[accepted]]`.
#[derive(Clone, Debug)]
pub struct AcceptedEntry {
    /// The id of the check whose findings are accepted.
    pub check: String,
    /// The scopes, as the report prints them; `None` stands for a finding without a scope.
    pub scope: Option<Pattern>,
    /// The histories, by their paths from the configuration's folder; `None` stands for all.
    pub history: Option<Pattern>,
    /// `Broken` or `Undecided` where only such findings are accepted.
    pub verdict: Option<Verdict>,
    /// Why they are accepted.
    pub reason: String,
    /// The last day on which they are.
    pub until: Option<Date>,
    /// Where the entry stands.
    pub spot: Spot,
}

impl AcceptedEntry {
    /// Whether its last day is over.
    #[must_use]
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether it speaks of this check on this history at all.
    #[must_use]
    pub fn concerns(&self, check: &str, history: &str) -> bool {
        self.check == check
            && self
                .history
                .as_ref()
                .is_none_or(|pattern| pattern.matches(history))
    }

    fn has_scope(&self, scope: Option<&str>) -> bool {
        match (&self.scope, scope) {
            (None, None) => true,
            (Some(pattern), scope) => pattern.matches(scope.unwrap_or_default()),
            (None, Some(_)) => false,
        }
    }
}

/// That the findings of one scope are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The position of the entry in [`Config::accepted`].
    pub entry: usize,
    /// The scope, as the judgement names it.
    pub scope: Option<String>,
    /// Whether it is the violation that is accepted, or the missing evidence.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// The last day on which it is accepted.
    pub until: Option<Date>,
    /// Whether that day is over: the finding counts again.
    pub is_expired: bool,
}

impl Config {
    /// Which findings of a check are accepted: one entry a scope, an expired one only where no other is; sorted by
    /// scope.
    ///
    /// `history` is the path of the history from the configuration's folder.
    #[must_use]
    pub fn acceptances(
        &self,
        check: &str,
        history: &str,
        judgement: &Judgement,
        today: Date,
    ) -> Vec<Acceptance> {
        let violations = judgement.violations.iter();
        let broken = violations.map(|one| (one.scope.as_ref(), Verdict::Broken));
        let missing = judgement.missing.iter();
        let undecided = missing.map(|one| (one.scope.as_ref(), Verdict::Undecided));
        let mut found: Vec<Acceptance> = Vec::new();
        let mut known: BTreeSet<(Option<&String>, bool)> = BTreeSet::new();
        for (scope, verdict) in broken.chain(undecided) {
            if !known.insert((scope, verdict == Verdict::Broken)) {
                continue;
            }
            let entries = self.accepted.iter().enumerate();
            let matching = entries.filter(|(_, entry)| {
                entry.concerns(check, history)
                    && entry.has_scope(scope.map(String::as_str))
                    && entry.verdict.is_none_or(|only| only == verdict)
            });
            let best = matching.min_by_key(|(_, entry)| entry.is_expired(today));
            found.extend(best.map(|(at, entry)| Acceptance {
                entry: at,
                scope: scope.cloned(),
                verdict,
                reason: entry.reason.clone(),
                until: entry.until,
                is_expired: entry.is_expired(today),
            }));
        }
        found.sort_by(|one, other| one.scope.cmp(&other.scope));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_that_exists() {
        for text in ["2027-01-31", "2028-02-29", "2000-02-29", "9999-12-31"] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        let wrong = [
            "2027-02-29",
            "1900-02-29",
            "2027-13-01",
            "2027-00-10",
            "2027-01-00",
            "2027-1-31",
            "31.01.2027",
            "",
            "2027-01-3",
            "2027-01-311",
            "２027-01-1",
        ];
        for text in wrong {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        let day = |days: u64| Date::of_unix_seconds(days * 86_400 + 86_399).to_string();
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(58), "1970-02-28");
        assert_eq!(day(11_016), "2000-02-29");
        assert_eq!(day(20_819), "2027-01-01");
        assert_eq!(Date::of_unix_seconds(u64::MAX).to_string(), "9999-01-31");
    }
}
