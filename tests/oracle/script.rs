//! Choices: a row of random bytes that a generator reads, so that a failing case can be made smaller.

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// How many bytes a case may read; past the end each choice is the first one.
const BYTES_MAX: usize = 224;

/// A row of choices. Smaller bytes are simpler choices.
#[derive(Debug)]
pub(crate) struct Script<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Script<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// One of `0..end`; 0 where the row is used up.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) * end / 256
    }

    /// Whether something happens that happens so often in 100 times; no where the row is used up.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

/// How many cases a test tries: `TESTIMONY_CASES`, or `otherwise`.
#[expect(
    clippy::disallowed_methods,
    reason = "a long run by hand is asked for by the environment"
)]
pub(crate) fn cases(otherwise: usize) -> usize {
    let given = std::env::var("TESTIMONY_CASES").ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// The seed of this run: `TESTIMONY_SEED`, or always the same.
#[expect(
    clippy::disallowed_methods,
    reason = "a long run by hand is asked for by the environment"
)]
fn seed(test: &str) -> [u8; 16] {
    let mut seed = *b"testimony-oracle";
    let given = std::env::var("TESTIMONY_SEED").unwrap_or_default();
    for (at, byte) in test.bytes().chain(given.bytes()).enumerate() {
        seed[at % 16] = seed[at % 16].rotate_left(3) ^ byte;
    }
    seed
}

/// Runs so many random cases. The first one that fails is made smaller and told.
///
/// They run inside a pool of one thread: to hand each tiny history to another thread takes longer than to
/// judge it.
pub(crate) fn run<T: Send>(
    test: &str,
    cases: usize,
    told: &mut T,
    case: impl Fn(&[u8], &mut T) -> Result<(), String> + Sync,
) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a pool of one thread")
        .install(|| run_here(test, cases, told, &case));
}

fn run_here<T>(
    test: &str,
    cases: usize,
    told: &mut T,
    case: &impl Fn(&[u8], &mut T) -> Result<(), String>,
) {
    let mut rng = TestRng::from_seed(RngAlgorithm::XorShift, &seed(test));
    let mut bytes = [0; BYTES_MAX];
    for number in 0..cases {
        rng.fill_bytes(&mut bytes);
        if case(&bytes, told).is_err() {
            let small = shrunk(bytes.to_vec(), &mut |bytes| case(bytes, told).is_err());
            let says = case(&small, told).expect_err("a smaller case that fails too");
            panic!("{test}, case {number}, choices {small:?}:\n{says}");
        }
    }
}

/// Makes a failing row of choices shorter and smaller until nothing that is left out makes it pass.
fn shrunk(mut bytes: Vec<u8>, fails: &mut impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut is_smaller = true;
    while is_smaller {
        is_smaller = false;
        for size in [32, 8, 4, 3, 2, 1] {
            let mut start = bytes.len().saturating_sub(size);
            loop {
                let end = (start + size).min(bytes.len());
                let without = [&bytes[..start], &bytes[end..]].concat();
                if start < end && fails(&without) {
                    bytes = without;
                    is_smaller = true;
                }
                if start == 0 {
                    break;
                }
                start -= 1;
            }
        }
        for at in 0..bytes.len() {
            let candidates = [
                0,
                bytes[at] / 2,
                bytes[at].saturating_sub(16),
                bytes[at].saturating_sub(1),
            ];
            for candidate in candidates {
                let mut lower = bytes.clone();
                lower[at] = candidate;
                if candidate < bytes[at] && fails(&lower) {
                    bytes = lower;
                    is_smaller = true;
                    break;
                }
            }
        }
    }
    bytes
}
