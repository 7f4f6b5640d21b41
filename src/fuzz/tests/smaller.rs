//! What breaks is shown with the smallest inputs.

use crate::specs::workflows::dead_letter;

use crate::fuzz::campaign::{Found, Progress};
use crate::fuzz::gauge::Gauge;
use crate::fuzz::levels::Levels;
use crate::fuzz::pool::Pool;
use crate::fuzz::smaller::*;
use crate::prelude::*;

#[test]
fn a_late_charge_needs_one_hop() {
    let suite = (dead_letter::ENTRY.build)(Some("keys-purged"), &mut Parameters::default());
    let suite = suite.unwrap();
    let pool = Pool::new(&suite, Noise::NONE, 1_000).unwrap();
    let gauge = Gauge::default();
    let mut progress = Progress::default();
    let levels = Levels::new(&pool, &gauge, 2, 1_000).unwrap();
    levels.play(&mut progress).unwrap();
    let found = progress.found.unwrap();
    let steps = |suite: &Suite, found: &Found| {
        let pool = Pool::new(suite, Noise::NONE, 1_000).unwrap();
        let (played, _) = pool.with(|worker| worker.replay(&found.schedule).unwrap());
        assert_eq!(played.found.as_ref(), Some(&found.breach));
        played.steps
    };
    let smaller = with_smaller_inputs(&suite, Noise::NONE, 1_000, &found).unwrap();
    let again = smaller.unwrap();
    assert_eq!((again.found.schedule.len(), again.times), (2, 1));
    assert_eq!(steps(&suite, &found) - steps(&again.suite, &again.found), 9);
    let smallest = with_smaller_inputs(&again.suite, Noise::NONE, 1_000, &again.found).unwrap();
    assert!(smallest.is_none());
}
