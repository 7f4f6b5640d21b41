//! Limit: for each key, a running sum never leaves its bounds.
//!
//! # What it says
//! "Never refund more than was charged." In every world and for each key:
//! the sum begins at 0, each `plus` adds its amount, each `minus` takes its
//! amount away, and after each of them the sum is not below `at-least` and
//! not above `at-most`.
//!
//! ```toml
//! [[promise]]
//! name = "never refund more than was charged"
//! kind = "limit"
//! plus = "charge"             # a name, or a list; optional with minus
//! minus = "refund"            # a name, or a list; optional with plus
//! amount = "amount"           # a path; without it, each counts 1
//! per = "order"               # a path, or a list: a compound key
//! at-least = 0                # one of the two, or both
//! at-most = 500.00
//! ```
//! In Rust: `Limit::per("order").plus("charge").minus("refund")
//! .amount("amount").at_least(0)`.
//!
//! Amounts are whole numbers of 64 bits or decimals of up to nine places,
//! as numbers (a decimal has up to 15 digits: more do not survive JSON) or
//! as texts (`"19.99"`), and are added exactly. They may be negative. What
//! an incomplete record hides is taken to add where it is a `plus` and to
//! take away where it is a `minus`.
//!
//! # Why systems break it
//! The stock is read, found sufficient, and lowered by two callers at once.
//! A refund is computed from the price of the order and not from what was
//! paid for it. A correction is booked before what it corrects. A retry
//! takes the amount away a second time.
//!
//! # A history that breaks it
//! ```text
//! {"process": "payment", "type": "fact", "f": "charge",
//!  "value": {"order": 1, "amount": 50}}
//! {"process": "payment", "type": "fact", "f": "refund",
//!  "value": {"order": 1, "amount": 40}}
//! {"process": "payment", "type": "fact", "f": "refund",
//!  "value": {"order": 1, "amount": 10.01}}
//! ```
//! With the charge an operation whose outcome is unknown it is undecided
//! whether even the first refund was covered. With a refund by another
//! participant that nothing orders against the charge it is undecided as
//! well: it may have come first.
//!
//! # How to repair such a system
//! Let the owner of the sum change it in one conditional write ("lower it
//! by two where at least two are left"), with the identity of the request
//! beside it, so that a repeat changes nothing. Compute what may be given
//! back from what was taken, never from what should have been. Reserve
//! first where several must agree.
//!
//! # Source
//! O'Neil, "The Escrow Transactional Method", ACM TODS 1986; Barbara and
//! Garcia-Molina, "The demarcation protocol", EDBT 1992. Deciding whether
//! some order stays within its bounds is NP-complete: Garey and Johnson,
//! "Computers and Intractability", problem SS7.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "limit",
    page: include_str!("limit.rs"),
    build: |parameters| {
        let promise = Limit {
            plus: parameters.names("plus")?,
            minus: parameters.names("minus")?,
            amount: match parameters.value("amount") {
                None => None,
                Some(Value::Str(path)) => Some(path.to_string()),
                Some(found) => {
                    return Err(fault("amount", format!("must be a text, and is {found}")));
                }
            },
            per: parameters.required_names("per")?,
            at_least: bound("at-least", parameters.value("at-least"))?,
            at_most: bound("at-most", parameters.value("at-most"))?,
        };
        if promise.plus.is_empty() && promise.minus.is_empty() {
            return Err(fault("plus", "or `minus` is required".to_owned()));
        }
        if let Some(both) = promise
            .plus
            .iter()
            .find(|name| promise.minus.contains(name))
        {
            let says = format!("must not name `{both}`, which `plus` names");
            return Err(fault("minus", says));
        }
        match (promise.at_least, promise.at_most) {
            (None, None) => Err(fault("at-least", "or `at-most` is required".to_owned())),
            (Some(least), Some(most)) if least > most => {
                Err(fault("at-most", "must not be below `at-least`".to_owned()))
            }
            _ => Ok(AnyPromise::of(promise)),
        }
    },
};

fn fault(name: &str, says: String) -> ParameterFault {
    ParameterFault {
        name: name.to_owned(),
        says,
    }
}

fn bound(name: &str, given: Option<Value>) -> Result<Option<Amount>, ParameterFault> {
    let read = |given: Value| match Amount::read(&given) {
        Ok(amount) => Ok(amount),
        Err(_) => Err(fault(name, format!("must be {AMOUNTS}, and is {given}"))),
    };
    given.map(read).transpose()
}

/// What an amount may be, in words.
const AMOUNTS: &str = "a whole number of 64 bits or a decimal of up to nine places";
/// Digits that a decimal number of a history keeps; a text keeps all.
const FLOAT_DIGITS: usize = 15;
/// Decimal places of an amount.
const PLACES: usize = 9;
/// One, in the unit in which amounts are kept.
const ONE: i128 = 1_000_000_000;

/// An exact amount: billionths.
///
/// Each is below 2^94, and a history holds fewer than 2^32 effects, so that no sum leaves 127 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

impl Amount {
    /// Reads a number, or a text that is one.
    ///
    /// # Errors
    /// Where it is neither, or not exact in [`Amount`].
    pub fn read(value: &Value) -> Result<Self, Misfit> {
        let read = match value {
            Value::Int(int) => Some(Self::from(*int)),
            // The shortest decimal that means this float: up to 15 digits it is what the line says.
            Value::Float(float) => {
                let text = float.to_string();
                let digits = text.trim_start_matches(['-', '0', '.']);
                let count = digits.bytes().filter(u8::is_ascii_digit).count();
                (count <= FLOAT_DIGITS)
                    .then(|| Self::parse(&text))
                    .flatten()
            }
            Value::Str(text) => Self::parse(text),
            _ => None,
        };
        read.ok_or_else(|| Misfit::new(format!("must be {AMOUNTS}, and is {value}")))
    }

    /// Reads `-12.50`; no exponent, no spaces, no separators.
    fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let places = match places.trim_end_matches('0') {
            "" if is_number(places) => "0",
            significant => significant,
        };
        if !is_number(whole) || !is_number(places) || places.len() > PLACES {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let places: i128 = format!("{places:0<PLACES$}").parse().ok()?;
        let size = i128::from(whole) * ONE + places;
        let limit = i128::from(i64::MAX) * ONE;
        (size <= limit).then_some(Self(if is_negative { -size } else { size }))
    }

    const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl From<i64> for Amount {
    fn from(whole: i64) -> Self {
        Self(i128::from(whole) * ONE)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        let one = ONE.unsigned_abs();
        write!(f, "{sign}{}", size / one)?;
        let places = format!("{:0PLACES$}", size % one);
        match places.trim_end_matches('0') {
            "" => Ok(()),
            places => write!(f, ".{places}"),
        }
    }
}

/// For each key, a running sum never leaves its bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The names of what adds to the sum.
    pub plus: Vec<String>,
    /// The names of what takes away from it.
    pub minus: Vec<String>,
    /// The path of the amount; `None`: each counts 1.
    pub amount: Option<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
    /// What the sum must not fall below.
    pub at_least: Option<Amount>,
    /// What the sum must not exceed.
    pub at_most: Option<Amount>,
}

impl Limit {
    /// Sums apart for each value at this path; say what, and within which bounds, by the other methods.
    #[must_use]
    pub fn per(path: impl Into<String>) -> Self {
        Self {
            plus: Vec::new(),
            minus: Vec::new(),
            amount: None,
            per: vec![path.into()],
            at_least: None,
            at_most: None,
        }
    }

    /// Adds what this effect says (too).
    #[must_use]
    pub fn plus(mut self, effect: impl Into<String>) -> Self {
        self.plus.push(effect.into());
        self
    }

    /// Takes away what this effect says (too).
    #[must_use]
    pub fn minus(mut self, effect: impl Into<String>) -> Self {
        self.minus.push(effect.into());
        self
    }

    /// Says where the amount stands.
    #[must_use]
    pub fn amount(mut self, path: impl Into<String>) -> Self {
        self.amount = Some(path.into());
        self
    }

    /// Says what the sum must not fall below.
    #[must_use]
    pub fn at_least(mut self, amount: impl Into<Amount>) -> Self {
        self.at_least = Some(amount.into());
        self
    }

    /// Says what the sum must not exceed.
    #[must_use]
    pub fn at_most(mut self, amount: impl Into<Amount>) -> Self {
        self.at_most = Some(amount.into());
        self
    }

    fn amount_of(&self, effect: &Effect<'_>) -> Result<Amount, Misfit> {
        let Some(path) = &self.amount else {
            return Ok(Amount(ONE));
        };
        match effect.at(path) {
            None | Some(Value::Null) => Err(Misfit::absent(path)),
            Some(value) => Amount::read(&value)
                .map_err(|misfit| Misfit::new(format!("its `{path}` {}", misfit.says()))),
        }
    }

    fn check(&self, sum: Amount) -> Result<(), Breach> {
        if let Some(least) = self.at_least.filter(|least| sum < *least) {
            return Err(Breach::new(format!(
                "the sum fell to {sum}, below {least},"
            )));
        }
        if let Some(most) = self.at_most.filter(|most| sum > *most) {
            return Err(Breach::new(format!("the sum rose to {sum}, above {most},")));
        }
        Ok(())
    }
}

/// How a sum changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It grows by so much; or falls, where that is negative.
    By(Amount),
    /// Something that no line shows raises it to so much, where it is lower.
    RaisedTo(Amount),
    /// Something that no line shows lowers it to so much, where it is higher.
    LoweredTo(Amount),
    /// Something that no line shows raises it beyond its bound.
    RaisedBeyond,
    /// Something that no line shows lowers it beyond its bound.
    LoweredBeyond,
}

impl Promise for Limit {
    type Fact = Change;
    /// The sum.
    type State = Amount;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.plus.iter().chain(&self.minus);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Change)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let change = if is_named(&self.plus) {
            self.amount_of(effect)?
        } else if is_named(&self.minus) {
            Amount(0).minus(self.amount_of(effect)?)
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, Change::By(change))))
    }

    fn observe(&self, sum: &mut Amount, change: &Change) -> Result<(), Breach> {
        *sum = match change {
            Change::By(amount) => sum.plus(*amount),
            Change::RaisedTo(amount) => (*sum).max(*amount),
            Change::LoweredTo(amount) => (*sum).min(*amount),
            Change::RaisedBeyond => {
                return Err(Breach::new(
                    "something that no line shows exceeds the limit",
                ));
            }
            Change::LoweredBeyond => {
                return Err(Breach::new(
                    "something that no line shows undercuts the limit",
                ));
            }
        };
        self.check(*sum)
    }

    /// A hidden amount may be any, but few of them matter. To break the promise, one that leaves the bounds
    /// at once. To keep it, one just before a shown change that would leave them, and just large enough
    /// to bear that change: earlier or larger can only be worse for the other bound.
    fn unseen(&self, changes: &[Change]) -> Option<Vec<(String, Change)>> {
        let mut amounts: Vec<Amount> = changes
            .iter()
            .filter_map(|change| match change {
                Change::By(amount) => Some(*amount),
                _ => None,
            })
            .collect();
        amounts.push(Amount(0));
        amounts.sort_unstable();
        amounts.dedup();
        let mut raised = Vec::new();
        let mut lowered = Vec::new();
        if let Some(least) = self.at_least {
            let falls = amounts.iter().filter(|amount| amount.0 <= 0);
            raised.extend(falls.map(|amount| Change::RaisedTo(least.minus(*amount))));
            lowered.push(Change::LoweredBeyond);
        }
        if let Some(most) = self.at_most {
            let rises = amounts.iter().filter(|amount| amount.0 >= 0);
            lowered.extend(rises.map(|amount| Change::LoweredTo(most.minus(*amount))));
            raised.push(Change::RaisedBeyond);
        }
        let named = |names: &[String], changes: &[Change]| -> Vec<(String, Change)> {
            let each = names
                .iter()
                .flat_map(|name| changes.iter().map(move |change| (name.clone(), *change)));
            each.collect()
        };
        let mut unseen = named(&self.plus, &raised);
        unseen.extend(named(&self.minus, &lowered));
        Some(unseen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn by(text: &str) -> Change {
        Change::By(amount(text))
    }

    fn says(promise: &Limit, changes: &[Change]) -> Option<String> {
        let mut sum = Amount::default();
        let breach = changes
            .iter()
            .find_map(|change| promise.observe(&mut sum, change).err());
        breach.map(|breach| breach.says().to_owned())
    }

    #[test]
    fn no_running_sum_leaves_its_bounds() {
        let covered = Limit::per("order").at_least(amount("0"));
        let both = covered.clone().at_most(amount("10"));
        let table: [(&Limit, &[Change], Option<&str>); 7] = [
            (&covered, &[], None),
            (&covered, &[by("50"), by("-40"), by("-10")], None),
            (
                &covered,
                &[by("50"), by("-40"), by("-10.01")],
                Some("the sum fell to -0.01, below 0,"),
            ),
            (
                &covered,
                &[by("-40"), by("50")],
                Some("the sum fell to -40, below 0,"),
            ),
            (&covered, &[by("0.1"), by("0.2"), by("-0.3")], None),
            (&both, &[by("10"), by("-10"), by("10")], None),
            (
                &both,
                &[by("10"), by("0.000000001")],
                Some("the sum rose to 10.000000001, above 10,"),
            ),
        ];
        for (promise, changes, expected) in table {
            assert_eq!(says(promise, changes).as_deref(), expected, "{changes:?}");
        }
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        let table: [(&str, Option<&str>); 14] = [
            ("0", Some("0")),
            ("-0.0", Some("0")),
            ("19.99", Some("19.99")),
            ("-19.990000000000", Some("-19.99")),
            ("0.000000001", Some("0.000000001")),
            ("9223372036854775807", Some("9223372036854775807")),
            ("9223372036854775807.1", None),
            ("9223372036854775808", None),
            ("0.0000000001", None),
            ("1e3", None),
            ("1,5", None),
            (".5", None),
            ("5.", None),
            ("", None),
        ];
        for (text, expected) in table {
            let read = Amount::parse(text).map(|amount| amount.to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
        let read = |value: Value| Amount::read(&value).map(|amount| amount.to_string());
        assert_eq!(read(Value::Int(i64::MIN)).unwrap(), "-9223372036854775808");
        assert_eq!(read(Value::from_f64(0.1)).unwrap(), "0.1");
        assert_eq!(read(Value::from_f64(1e-9)).unwrap(), "0.000000001");
        assert_eq!(read(Value::from("19.90")).unwrap(), "19.9");
        assert_eq!(
            read(Value::from_f64(999_999.123_456_789)).unwrap(),
            "999999.123456789"
        );
        assert!(read(Value::from_f64(1_234_567.123_456_789)).is_err());
        assert_eq!(
            read(Value::from("1234567.123456789")).unwrap(),
            "1234567.123456789"
        );
        assert!(read(Value::from_f64(1e300)).is_err());
        assert_eq!(
            read(Value::Bool(true)).unwrap_err().says(),
            "must be a whole number of 64 bits or a decimal of up to nine places, and is true"
        );
    }

    #[test]
    fn what_may_be_hidden_is_what_could_matter() {
        let promise = Limit::per("order").plus("charge").minus("refund");
        let shown = [by("50"), by("-40"), by("-40")];
        let named = |unseen: Vec<(&str, Change)>| -> Vec<(String, Change)> {
            let named = unseen.into_iter();
            named
                .map(|(name, change)| (name.to_owned(), change))
                .collect()
        };
        let covered = promise.clone().at_least(amount("0"));
        assert_eq!(
            covered.unseen(&shown).unwrap(),
            named(vec![
                ("charge", Change::RaisedTo(amount("40"))),
                ("charge", Change::RaisedTo(amount("0"))),
                ("refund", Change::LoweredBeyond),
            ])
        );
        let capped = promise.at_most(amount("60"));
        assert_eq!(
            capped.unseen(&shown).unwrap(),
            named(vec![
                ("charge", Change::RaisedBeyond),
                ("refund", Change::LoweredTo(amount("60"))),
                ("refund", Change::LoweredTo(amount("10"))),
            ])
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |fields: &[(&str, Value)]| {
            let mut all = vec![("per".to_owned(), Value::from("order"))];
            all.extend(
                fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            (ENTRY.build)(&mut Parameters::new(all)).map_err(|fault| fault.to_string())
        };
        let plus = ("plus", Value::from("charge"));
        let least = ("at-least", Value::from(0));
        assert!(built(&[plus.clone(), least.clone()]).is_ok());
        assert!(built(&[("minus", Value::from("sell")), least.clone()]).is_ok());
        let table: [(&[(&str, Value)], &str); 6] = [
            (
                std::slice::from_ref(&least),
                "`plus` or `minus` is required",
            ),
            (
                std::slice::from_ref(&plus),
                "`at-least` or `at-most` is required",
            ),
            (
                &[plus.clone(), ("minus", Value::from("charge"))],
                "`minus` must not name `charge`, which `plus` names",
            ),
            (
                &[plus.clone(), ("at-least", Value::Bool(true))],
                "`at-least` must be a whole number of 64 bits or a decimal of up to nine places, \
                 and is true",
            ),
            (
                &[
                    plus.clone(),
                    least.clone(),
                    ("at-most", Value::from_f64(-0.5)),
                ],
                "`at-most` must not be below `at-least`",
            ),
            (
                &[plus.clone(), ("amount", Value::from(3))],
                "`amount` must be a text, and is 3",
            ),
        ];
        for (fields, expected) in table {
            assert_eq!(built(fields).unwrap_err(), expected);
        }
    }
}
