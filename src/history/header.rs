//! Reads the header: the first line, where it is an object with the key `history`.

use super::fault::{FaultKind, Trouble, one_of};
use super::intern::Interner;
use super::json::{
    Field, Member, RawEvent, TextTrouble, compact, found, members, repeated, span_in,
};
use super::{Completeness, Header, LineOrder, Verdict, View};

/// The version of the format that this program reads and writes.
pub(super) const VERSION: i64 = 1;

/// A header that is being read.
pub(super) struct HeaderReader<'a, 't> {
    pub(super) interner: Interner<'a, 't>,
    pub(super) header: Header,
    pub(super) troubles: Vec<TextTrouble>,
}

/// The fields of the header that `text` holds, if it is one: an object with the key `history` that is
/// no event.
pub(super) fn header_members<'t>(raw: &RawEvent<'t>, text: &'t str) -> Option<Vec<Member<'t>>> {
    if raw.get(Field::Process).is_some() && raw.get(Field::Type).is_some() {
        return None;
    }
    let members = members(text);
    let is_header = members.iter().any(|member| member.name == "history");
    is_header.then_some(members)
}

impl<'t> HeaderReader<'_, 't> {
    const KNOWN: [&'static str; 6] = ["history", "title", "source", "order", "complete", "expect"];

    /// Reads all fields; tells whether the version is one that this program knows.
    pub(super) fn read(&mut self, members: &[Member<'t>]) -> bool {
        let mut is_known_version = true;
        let mut seen: Vec<&Member<'t>> = Vec::new();
        for member in members {
            if Self::KNOWN.contains(&&*member.name) {
                if let Some(first) = seen.iter().find(|first| first.name == member.name) {
                    let text = self.interner.text;
                    let trouble = repeated(text, &member.name, first.raw_name, member.raw_name);
                    self.troubles.push(trouble);
                    continue;
                }
                seen.push(member);
            }
            if member.name == "history" {
                is_known_version = self.version(member.raw);
            } else if member.raw != "null" || !Self::KNOWN.contains(&&*member.name) {
                self.field(member);
            }
        }
        is_known_version
    }

    fn field(&mut self, member: &Member<'t>) {
        match &*member.name {
            "title" => self.header.title = self.string("title", member.raw),
            "source" => self.header.source = self.string("source", member.raw),
            "order" => {
                let words = LineOrder::ALL.map(|order| (order.as_str(), order));
                self.header.order = self.word("order", "order", member.raw, &words);
            }
            "complete" => self.complete(member.raw),
            "expect" => self.expect(member.raw),
            name => {
                let extra = (name.to_owned(), compact(member.raw));
                self.header.extras.push(extra);
            }
        }
    }

    fn version(&mut self, raw: &'t str) -> bool {
        let Some(value) = self.interned(raw) else {
            return false;
        };
        match self.interner.values.view(value) {
            View::Int(VERSION) => true,
            View::Int(version) => {
                self.trouble(FaultKind::UnknownVersion(version), raw, "version 1");
                false
            }
            _ => {
                self.mistyped("history", raw, "the version of the format: 1");
                false
            }
        }
    }

    fn complete(&mut self, raw: &'t str) {
        let expected = "true, false or a list of participants";
        let Some(value) = self.interned(raw) else {
            return;
        };
        let participants = match self.interner.values.view(value) {
            View::Bool(true) => {
                self.header.complete = Completeness::Whole;
                return;
            }
            View::Bool(false) => {
                self.header.complete = Completeness::InPart;
                return;
            }
            View::Array(participants) => participants.to_vec(),
            _ => return self.mistyped("complete", raw, expected),
        };
        let is_name = |view| matches!(view, View::Str(_) | View::Int(_));
        if participants
            .iter()
            .all(|participant| is_name(self.interner.values.view(*participant)))
        {
            self.header.complete = Completeness::Only(participants);
        } else {
            self.mistyped("complete", raw, expected);
        }
    }

    fn expect(&mut self, raw: &'t str) {
        if !raw.starts_with('{') {
            return self.mistyped("expect", raw, "an object of checks and verdicts");
        }
        let words = Verdict::ALL.map(|verdict| (verdict.as_str(), verdict));
        let checks = members(raw);
        for (position, check) in checks.iter().enumerate() {
            let first = checks[..position]
                .iter()
                .find(|first| first.name == check.name);
            if let Some(first) = first {
                let text = self.interner.text;
                let trouble = repeated(text, &check.name, first.raw_name, check.raw_name);
                self.troubles.push(trouble);
                continue;
            }
            let field = format!("expect.{}", check.name);
            if let Some(verdict) = self.word(&field, "verdict", check.raw, &words) {
                self.header.expect.push((check.name.clone(), verdict));
            }
        }
    }

    fn word<T: Copy>(
        &mut self,
        field: &str,
        of: &'static str,
        raw: &'t str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let word = self.string(field, raw)?;
        let meant = known.iter().find(|(name, _)| *name == word);
        if meant.is_none() {
            let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let expected = one_of(&names, &word);
            self.trouble(FaultKind::UnknownWord { of, word }, raw, &expected);
        }
        meant.map(|(_, meant)| *meant)
    }

    fn string(&mut self, field: &str, raw: &'t str) -> Option<String> {
        let value = self.interned(raw)?;
        let text = self.interner.values.as_str(value).map(str::to_owned);
        if text.is_none() {
            self.mistyped(field, raw, "a string");
        }
        text
    }

    fn interned(&mut self, raw: &'t str) -> Option<super::ValueId> {
        match self.interner.raw(raw) {
            Ok(value) => Some(value),
            Err(trouble) => {
                self.troubles.push(trouble);
                None
            }
        }
    }

    fn mistyped(&mut self, field: &str, raw: &str, expected: &str) {
        let kind = FaultKind::Mistyped {
            field: field.to_owned(),
            found: found(raw),
        };
        self.trouble(kind, raw, expected);
    }

    fn trouble(&mut self, kind: FaultKind, raw: &str, expected: &str) {
        let at = span_in(self.interner.text, raw);
        self.troubles.push(Trouble::new(kind, at, expected));
    }
}
