//! What was stopped before its end is not kept, and says how far it came.

use crate::check::catalog::Parameters;

use crate::fuzz::{Fuzz, Gauge, Limit};

fn quorum() -> Fuzz {
    let workflows = crate::specs::workflows::all();
    let entry = workflows.iter().find(|entry| entry.name == "quorum");
    let suite = (entry.unwrap().build)(None, &mut Parameters::default());
    crate::fuzz(suite.unwrap())
}

fn stopped() -> Gauge {
    let gauge = Gauge::default();
    gauge.stop();
    gauge
}

#[test]
fn a_campaign_that_is_stopped_before_it_begins_has_played_nothing() {
    let fuzzed = quorum().cases(1_000).run_watched(&stopped()).unwrap();
    assert!(fuzzed.is_interrupted && !fuzzed.is_kept());
    assert_eq!((fuzzed.schedules, fuzzed.cases), (0, 1_000));
    assert_eq!(fuzzed.exhausted, None);
}

#[test]
fn a_campaign_that_is_stopped_on_its_way_says_how_far_it_came() {
    let cases = 1_000_000_000;
    let gauge = Gauge::default();
    let fuzzed = std::thread::scope(|scope| {
        let campaign = scope.spawn(|| quorum().cases(cases).run_watched(&gauge));
        while gauge.schedules() == 0 && !campaign.is_finished() {
            std::thread::yield_now();
        }
        gauge.stop();
        campaign.join().unwrap().unwrap()
    });
    assert!(fuzzed.is_interrupted && !fuzzed.is_kept());
    assert!(0 < fuzzed.schedules && fuzzed.schedules < cases);
    assert!(
        fuzzed
            .to_string()
            .ends_with("interrupted before everything was played")
    );
}

#[test]
fn a_campaign_that_was_played_to_its_end_was_not_interrupted() {
    let fuzzed = quorum().cases(300).run().unwrap();
    assert!(!fuzzed.is_interrupted);
    assert_eq!(fuzzed.schedules, 300);
}

#[test]
fn an_exploration_that_is_stopped_is_not_complete() {
    let explored = quorum().explore(1_000_000, &stopped()).unwrap();
    assert_eq!(explored.limit, Some(Limit::Interrupt));
    assert!(!explored.is_complete && !explored.is_kept());
    assert!(0 < explored.states && explored.states < 7_472);
    let whole = quorum().explore(1_000_000, &Gauge::default()).unwrap();
    assert_eq!((whole.limit, whole.states), (None, 7_472));
}
