//! Runs simulated clients against objects and writes what one observer sees.
//!
//! # Idea
//! At each step one client, chosen at random, does its next thing: an idle one begins an operation (or goes
//! on being idle), an operation takes effect, or it is completed. So an operation takes effect at a random
//! moment within its interval, and a client is busy about half the time, unless it waits for a lock.
//!
//! # Cost
//! About four steps an operation; one pending operation a client, and the objects' states. Nothing else is
//! kept in memory, but for unseen operations that may take effect later.

use std::io::{self, Write};

use crate::history::{EventKind, Value};

use super::Plan;
use super::draw::Draw;
use super::lines::{Lines, Said};
use super::object::{Client, Effect, Object, Scene, Unseen, Wrong};

/// One of these has a key for each of its objects.
#[derive(Debug)]
pub(super) struct Stage<O> {
    pub(super) objects: Vec<O>,
    /// Of each object, as JSON; none where there is one object without a key.
    pub(super) keys: Vec<String>,
}

/// What a client is at.
struct Actor<C> {
    /// The participant that it is for now: after an unknown outcome it goes on as another one.
    process: u64,
    /// The object it holds something of.
    held: Option<usize>,
    job: Option<Job<C>>,
}

/// An operation that was begun and not completed.
struct Job<C> {
    key: usize,
    call: C,
    is_unknown: bool,
    /// What it met with, once it took effect.
    effect: Option<Effect>,
}

/// How much is still to come.
struct Rest {
    operations: u64,
    unknown: u64,
    /// The wrong answer is given once no more operations than these are left.
    scene_at: Option<u64>,
}

struct Run<O: Object, W> {
    stage: Stage<O>,
    draw: Draw,
    lines: Lines<W>,
    actors: Vec<Actor<O::Call>>,
    busy: usize,
    rest: Rest,
    /// Unseen operations that will still take effect.
    later: Vec<(usize, O::Call)>,
}

/// Writes the whole history.
pub(super) fn run<O: Object>(
    plan: &Plan,
    stage: Stage<O>,
    draw: Draw,
    to: impl Write,
) -> io::Result<()> {
    let mut lines = Lines::to(to);
    lines.text(&plan.header())?;
    let actor = |process| Actor {
        process,
        held: None,
        job: None,
    };
    let reserved = match plan.is_broken {
        true => Scene::<O::Call>::CALLS_MAX,
        false => 0,
    };
    let operations = plan.ops - reserved;
    let mut run = Run {
        stage,
        draw,
        lines,
        actors: (0..u64::from(plan.clients)).map(actor).collect(),
        busy: 0,
        rest: Rest {
            operations,
            unknown: plan.unknown,
            scene_at: plan.is_broken.then_some(operations / 10),
        },
        later: Vec::new(),
    };
    while !run.is_over() {
        run.step()?;
    }
    run.lines.finish()
}

impl<O: Object, W: Write> Run<O, W> {
    const fn is_over(&self) -> bool {
        self.is_draining() && self.busy == 0
    }

    /// Whether nothing new begins.
    const fn is_draining(&self) -> bool {
        self.rest.operations == 0 && self.rest.scene_at.is_none()
    }

    fn step(&mut self) -> io::Result<()> {
        self.surprise();
        let client = self.draw.position(self.actors.len());
        match self.actors[client].job.take() {
            None => self.idle(client),
            Some(job) if job.effect.is_none() => {
                let job = self.reached(client, job);
                self.actors[client].job = Some(job);
                Ok(())
            }
            Some(job) => {
                self.busy -= 1;
                self.complete(client, job)
            }
        }
    }

    /// An unseen operation takes effect now and then.
    fn surprise(&mut self) {
        if !self.later.is_empty() && self.draw.chance(1, 4 * self.actors.len() as u64) {
            let at = self.draw.position(self.later.len());
            let (key, call) = self.later.swap_remove(at);
            // Nobody sees what it met with.
            let _unseen = self.stage.objects[key].take_effect(Client::MAX, &call);
        }
    }

    fn idle(&mut self, client: usize) -> io::Result<()> {
        let is_due = self
            .rest
            .scene_at
            .is_some_and(|at| self.rest.operations <= at);
        let key = match self.actors[client].held {
            Some(key) => key,
            None => self.draw.position(self.stage.objects.len()),
        };
        if is_due {
            let scene = self.stage.objects[key].scene(client as Client, &mut self.draw);
            if let Some(scene) = scene {
                return self.play(client, key, scene);
            }
        }
        match self.rest.operations > 0 && self.draw.chance(1, 2) {
            true => self.begin(client, key),
            false => Ok(()),
        }
    }

    fn begin(&mut self, client: usize, key: usize) -> io::Result<()> {
        let is_unknown = self.draw.chance(self.rest.unknown, self.rest.operations);
        self.rest.unknown -= u64::from(is_unknown);
        self.rest.operations -= 1;
        let call = self.stage.objects[key].propose(client as Client, &mut self.draw);
        self.invoke(client, key, &call)?;
        self.busy += 1;
        self.actors[client].job = Some(Job {
            key,
            call,
            is_unknown,
            effect: None,
        });
        Ok(())
    }

    /// The moment at which the operation may take effect.
    fn reached(&mut self, client: usize, job: Job<O::Call>) -> Job<O::Call> {
        let object = &mut self.stage.objects[job.key];
        let takes_effect = match job.is_unknown {
            true => object.unseen(&job.call, &mut self.draw),
            false => Unseen::Now,
        };
        let effect = match takes_effect {
            Unseen::Now => object.take_effect(client as Client, &job.call),
            Unseen::Later => {
                self.later.push((job.key, job.call.clone()));
                Effect::Done
            }
            Unseen::Never => Effect::Done,
        };
        let is_held = object.is_held_by(client as Client);
        self.actors[client].held = is_held.then_some(job.key);
        let effect = match effect {
            Effect::Blocked if job.is_unknown => Some(Effect::Refused),
            Effect::Blocked => self.gives_up().then_some(Effect::Refused),
            effect => Some(effect),
        };
        Job { effect, ..job }
    }

    /// Whether a client that waits is sent away: now and then, and at the end, when nobody would come.
    fn gives_up(&mut self) -> bool {
        self.is_draining() || self.draw.chance(1, 4 * self.actors.len() as u64)
    }

    fn complete(&mut self, client: usize, job: Job<O::Call>) -> io::Result<()> {
        if job.is_unknown {
            if self.draw.chance(1, 2) {
                self.say(client, EventKind::Info, (job.key, &job.call), None)?;
            }
            // Jepsen's rule: who does not know an outcome is done.
            self.actors[client].process += self.actors.len() as u64;
            return Ok(());
        }
        match job.effect {
            Some(Effect::Answer(answer)) => {
                self.answer(client, (job.key, &job.call), Some(&answer))
            }
            Some(Effect::Done) => self.answer(client, (job.key, &job.call), None),
            _ => self.say(client, EventKind::Fail, (job.key, &job.call), None),
        }
    }

    /// Lets one client do the operations of a scene, one after the other, with the wrong answer.
    fn play(&mut self, client: usize, key: usize, scene: Scene<O::Call>) -> io::Result<()> {
        // What was reserved and is not needed is for everybody.
        let reserved = Scene::<O::Call>::CALLS_MAX - scene.calls.len() as u64;
        self.rest.scene_at = None;
        self.rest.operations += reserved;
        let mut answers: Vec<Value> = Vec::new();
        for (at, call) in scene.calls.iter().enumerate() {
            self.invoke(client, key, call)?;
            let effect = self.stage.objects[key].take_effect(client as Client, call);
            let answer = match (&scene.wrong, effect) {
                (Wrong::Value(wrong), _) if at == scene.wrong_at => Some(wrong.clone()),
                (Wrong::AnswerOf(earlier), _) if at == scene.wrong_at => {
                    Some(answers[*earlier].clone())
                }
                (_, Effect::Answer(answer)) => Some(answer),
                _ => None,
            };
            self.answer(client, (key, call), answer.as_ref())?;
            answers.push(answer.unwrap_or_default());
        }
        let is_held = self.stage.objects[key].is_held_by(client as Client);
        self.actors[client].held = is_held.then_some(key);
        Ok(())
    }

    fn invoke(&mut self, client: usize, key: usize, call: &O::Call) -> io::Result<()> {
        self.stage.objects[key].begin(call);
        self.say(client, EventKind::Invoke, (key, call), None)
    }

    fn answer(
        &mut self,
        client: usize,
        (key, call): (usize, &O::Call),
        answer: Option<&Value>,
    ) -> io::Result<()> {
        self.stage.objects[key].end(call);
        self.say(client, EventKind::Ok, (key, call), answer)
    }

    /// Writes an event, with the input where there is no answer.
    fn say(
        &mut self,
        client: usize,
        kind: EventKind,
        (key, call): (usize, &O::Call),
        answer: Option<&Value>,
    ) -> io::Result<()> {
        let (f, input) = O::words(call);
        let key = self.stage.keys.get(key).map(String::as_str);
        let input = input.filter(|input| key.is_some() || !input.is_null());
        let said = Said {
            process: self.actors[client].process,
            kind,
            f,
            key,
            value: answer.or(input.as_ref()),
        };
        self.lines.event(said)
    }
}
