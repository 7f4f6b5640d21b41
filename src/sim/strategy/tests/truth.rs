//! The enumeration of all runs, and every search beside it.

use std::collections::BTreeSet;

use crate::history::{Event, EventId, LineOrder};
use crate::model::Noise;
use crate::sim::deviation::{End, play};
use crate::sim::exploration::{Ended, Exactly, Exploration, Limits};
use crate::sim::item::What;
use crate::sim::program::{Play, Program};
use crate::sim::run::{Run, Way};
use crate::sim::strategy::exhaustive::{Rules, explore_with};
use crate::sim::strategy::{by_traces, explore};
use crate::sim::tale::tell;
use crate::sim::worker::AfterRun;
use crate::sim::world::{Move, Print, World};
use crate::sim::{Breach, Tale};

use super::models::{Model, Orders};

const LIMITS: Limits = Limits {
    states_max: 400_000,
    bytes_max: 1 << 30,
    steps_max: 200,
};

const RUNS_MAX: u64 = 6_000;

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is for who starts it to say"
)]
fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn program(model: &Model, seed: u64, (last, breaks): (usize, bool)) -> Program {
    let mut program = model.open(Noise::NONE);
    program.watch(Box::new(Orders::new(seed, last, breaks)));
    program.watch(Box::new(Orders::new(seed ^ 77, last, breaks)));
    program
}

/// What all runs come to.
#[derive(Debug, Default)]
struct All {
    runs: u64,
    ends: BTreeSet<Print>,
    breaches: BTreeSet<(usize, String)>,
}

/// Plays every run there is, beside its world; `None`: there are too many.
fn enumerate(program: &mut Program) -> Option<All> {
    let mut all = All::default();
    let mut open = vec![(Run::new(program), World::new(program))];
    while let Some((run, world)) = open.pop() {
        let mut kinds = Vec::new();
        world.enabled(program, &mut kinds);
        let mut is_end = true;
        let mut tried = BTreeSet::new();
        for at in 0..run.pending.len() {
            let item = run.pending[at];
            if !run.is_enabled(program, item) || !tried.insert(item.kind) {
                continue;
            }
            is_end = false;
            for way in ways(program, &run, at) {
                let (mut after, mut behind) = (run.clone(), World::default());
                behind.copy_from(&world);
                after.take(program, at, way).unwrap();
                let kind = item.kind;
                behind.take(program, Move { kind, way }, &mut ()).unwrap();
                assert_eq!(after.states, behind.states());
                assert_eq!(after.judges, behind.judges());
                assert_eq!(after.found.is_some(), behind.found.is_some());
                if let Some(found) = after.found {
                    let says = program.says(found.judge, found.says).to_owned();
                    all.breaches.insert((found.judge, says));
                    all.runs += 1;
                } else {
                    open.push((after, behind));
                }
            }
        }
        assert_eq!(tried.into_iter().collect::<Vec<_>>(), kinds);
        if is_end {
            all.runs += 1;
            all.ends.insert(world.print());
            let mut run = run;
            run.finish(program);
            if let Some(found) = run.found {
                let says = program.says(found.judge, found.says).to_owned();
                all.breaches.insert((found.judge, says));
            }
        }
        if all.runs > RUNS_MAX || open.len() > RUNS_MAX as usize {
            return None;
        }
    }
    Some(all)
}

fn ways(program: &mut Program, run: &Run, at: usize) -> Vec<Way> {
    let item = run.pending[at];
    let mut ways = vec![Way::Whole];
    for way in [Way::Lost, Way::Twice, Way::Cut, Way::Ahead, Way::Behind] {
        if run.permits(program, item, way) {
            ways.push(way);
        }
    }
    if run.permits(program, item, Way::CrashAfter(0)) {
        let mut whole = run.clone();
        whole.take(program, at, Way::Whole).unwrap();
        let reaction = whole.steps.last().unwrap().reaction;
        let groups = program.reaction(reaction).groups.len() as u8;
        ways.extend((0..=groups).map(Way::CrashAfter));
    }
    ways
}

const PLAIN: Rules = Rules {
    has_sleepers: false,
    has_quiet_starts: false,
};
const SLEEPERS: Rules = Rules {
    has_sleepers: true,
    ..PLAIN
};
const QUIET_STARTS: Rules = Rules {
    has_quiet_starts: true,
    ..PLAIN
};

fn by_states(program: &mut Program, rules: Rules) -> Exploration {
    explore_with(program, LIMITS, &mut |_| true, rules).unwrap()
}

type Search = fn(&mut Program) -> Exploration;

const SEARCHES: [(&str, Search); 5] = [
    ("states", |program| by_states(program, PLAIN)),
    ("states and sleep", |program| by_states(program, SLEEPERS)),
    ("states and quiet starts", |program| {
        by_states(program, QUIET_STARTS)
    }),
    ("states, with all rules", |program| {
        explore(program, LIMITS, &mut |_| true).unwrap()
    }),
    ("traces", |program| {
        by_traces(program, LIMITS, &mut |_| true, None).unwrap()
    }),
];

fn ends(exploration: &Exploration) -> BTreeSet<Print> {
    exploration.ends.iter().copied().collect()
}

/// The run that was found breaks what it is said to break.
fn replays(program: &mut Program, exploration: &Exploration) {
    let Some((breach, trace)) = &exploration.found else {
        return;
    };
    let mut run = Run::new(program);
    let end = play(program, &mut run, &mut Exactly::new(trace), u32::MAX).unwrap();
    assert_eq!(end, End::Settled);
    assert_eq!(run.steps.len(), trace.len());
    let found = run.found.unwrap();
    assert_eq!(found.judge, breach.judge);
    assert_eq!(program.says(found.judge, found.says), breach.says);
}

#[test]
fn every_search_comes_to_the_ends_of_all_runs() {
    let (cases, first) = (number("TESTIMONY_CASES", 400), number("TESTIMONY_SEED", 1));
    let (mut held, mut runs, mut fewer) = (0, 0, 0);
    for seed in first..first + cases {
        let model = Model::of(seed);
        let mut program = program(&model, seed, (usize::MAX, false));
        let Some(all) = enumerate(&mut program) else {
            continue;
        };
        (held, runs) = (held + 1, runs + all.runs);
        for (name, search) in SEARCHES {
            let found = search(&mut program);
            assert_eq!(found.ended, Ended::Complete, "{name}, seed {seed}");
            assert!(found.count.runs <= all.runs, "{name}, seed {seed}");
            assert_eq!(ends(&found), all.ends, "{name}, seed {seed}");
            if name == "traces" {
                fewer += found.count.runs;
            }
        }
    }
    assert!(held > cases / 4, "{held} of {cases}");
    assert!(fewer * 10 < runs, "{fewer} of {runs} runs");
}

/// What each participant recorded in its own order, and where the messages came from.
fn knowledge(tale: &Tale) -> String {
    let history = tale.history("", LineOrder::HappenedBefore, &[]).unwrap();
    let process = |event: EventId| history.event(event).process;
    let place = |event: EventId| {
        let before = history.event_ids().take_while(|other| *other < event);
        (
            history.process_name(process(event)),
            before
                .filter(|other| process(*other) == process(event))
                .count(),
        )
    };
    let says = |event: EventId| {
        let Event { kind, f, value, .. } = *history.event(event);
        let value = value.map(|value| history.plain(value));
        let sent = history
            .messages()
            .iter()
            .find(|message| message.receive == event);
        let sent = sent.map(|message| place(message.send));
        format!(
            "{:?} {kind:?} {:?} {value:?} {sent:?}",
            place(event),
            f.map(|f| history.name(f))
        )
    };
    let mut all: Vec<String> = history.event_ids().map(says).collect();
    all.sort_unstable();
    all.join("\n")
}

/// What participants can know at the end of any run, whichever of equal messages arrive; `None`: there are too many runs.
fn all_knowledge(program: &mut Program) -> Option<BTreeSet<String>> {
    let (mut all, mut runs) = (BTreeSet::new(), 0);
    let mut open = vec![Run::new(program)];
    while let Some(mut run) = open.pop() {
        let can_happen = |at: &usize| run.is_enabled(program, run.pending[*at]);
        let enabled: Vec<usize> = (0..run.pending.len()).filter(can_happen).collect();
        if enabled.is_empty() {
            runs += 1;
            run.finish(program);
            all.insert(knowledge(&tell(program, &run)));
            continue;
        }
        for at in enabled {
            for way in ways(program, &run, at) {
                let mut next = run.clone();
                next.take(program, at, way).unwrap();
                open.push(next);
            }
        }
        if runs > RUNS_MAX || open.len() > RUNS_MAX as usize {
            return None;
        }
    }
    Some(all)
}

/// Finds nothing broken, and writes down what it was asked about.
#[derive(Default)]
struct Heard(BTreeSet<String>);

impl AfterRun for Heard {
    fn judge(&mut self, _: u64, tell: &dyn Fn() -> Tale) -> Option<Breach> {
        self.0.insert(knowledge(&tell()));
        None
    }

    fn exercised(&self) -> &[usize] {
        &[]
    }

    fn undecided(&self) -> &[usize] {
        &[]
    }
}

#[test]
fn one_run_of_each_kind_shows_all_that_participants_can_know() {
    let (cases, first) = (number("TESTIMONY_CASES", 400), number("TESTIMONY_SEED", 1));
    let mut held = 0;
    for seed in first..first + cases {
        let model = Model::of(seed);
        let mut program = model.open(Noise::NONE);
        let Some(all) = all_knowledge(&mut program) else {
            continue;
        };
        held += 1;
        let mut heard = Heard::default();
        let after: &mut dyn AfterRun = &mut heard;
        let found = by_traces(&mut program, LIMITS, &mut |_| true, Some(after)).unwrap();
        assert_eq!(found.ended, Ended::Complete, "seed {seed}");
        assert_eq!(heard.0, all, "seed {seed}");
    }
    assert!(held > cases / 4, "{held} of {cases}");
}

#[test]
fn what_one_search_finds_broken_all_do() {
    let (cases, first) = (number("TESTIMONY_CASES", 400), number("TESTIMONY_SEED", 1));
    let mut broken = 0;
    for seed in first..first + cases {
        let model = Model::of(seed);
        let mut program = program(&model, seed, (3, true));
        let Some(all) = enumerate(&mut program) else {
            continue;
        };
        broken += u64::from(!all.breaches.is_empty());
        for (name, search) in SEARCHES {
            let found = search(&mut program);
            let breach = found.found.as_ref().map(|(breach, _)| breach.clone());
            assert_eq!(
                breach.is_none(),
                all.breaches.is_empty(),
                "{name}, seed {seed}"
            );
            if let Some(breach) = breach {
                assert!(
                    all.breaches.contains(&(breach.judge, breach.says)),
                    "{name}, seed {seed}"
                );
            }
            replays(&mut program, &found);
        }
    }
    assert!(broken > cases / 20, "{broken} of {cases}");
}

#[test]
fn sleep_sets_spare_no_state_where_runs_never_end() {
    let (cases, first) = (number("TESTIMONY_CASES", 400), number("TESTIMONY_SEED", 1));
    let (mut held, mut fewer) = (0, 0);
    for seed in first..first + cases {
        let model = Model::of(seed).endless();
        let mut program = program(&model, seed, (1, false));
        let limits = Limits {
            states_max: 5_000,
            ..LIMITS
        };
        let mut search = |rules| explore_with(&mut program, limits, &mut |_| true, rules).unwrap();
        let plain = search(PLAIN);
        if plain.ended != Ended::Complete {
            continue;
        }
        held += 1;
        let (asleep, quiet, all) = (search(SLEEPERS), search(QUIET_STARTS), search(Rules::ALL));
        for exploration in [&asleep, &quiet, &all] {
            assert_eq!(exploration.ended, Ended::Complete, "seed {seed}");
            assert_eq!(ends(exploration), ends(&plain), "seed {seed}");
        }
        assert_eq!(asleep.count.states, plain.count.states, "seed {seed}");
        assert_eq!(all.count.states, quiet.count.states, "seed {seed}");
        assert!(quiet.count.states <= plain.count.states, "seed {seed}");
        fewer += u64::from(quiet.count.states < plain.count.states);
    }
    assert!(fewer > held / 8, "{fewer} of {held}");
    assert!(held > cases / 8, "{held} of {cases}");
}

#[test]
fn who_starts_together_starts_before_all_else() {
    for seed in 1..100 {
        let model = Model::of(seed).together();
        let mut program = program(&model, seed, (usize::MAX, false));
        let mut run = Run::new(&mut program);
        for who in program.participants() {
            let start = program.kind(What::Start, who);
            let can_happen = |at: &usize| run.is_enabled(&program, run.pending[*at]);
            let enabled: Vec<usize> = (0..run.pending.len()).filter(can_happen).collect();
            assert_eq!(enabled.len(), 1, "seed {seed}");
            assert_eq!(run.pending[enabled[0]].kind, start, "seed {seed}");
            run.take(&mut program, enabled[0], Way::Whole).unwrap();
        }
    }
}
