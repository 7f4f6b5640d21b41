//! The checkout of `specs/workflows/checkout.rs` as threads under Shuttle, with a network, timers and crashes made by hand.
//!
//! Shuttle decides whose turn it is. What goes wrong is drawn from `shuttle::rand`, which is part of its schedule. A timer fires when its
//! owner has its turn and finds no message; a message of several that wait is taken at random, since messages do not keep their order.

use std::sync::Arc;

use shuttle::rand::{Rng, thread_rng};
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use shuttle::thread;

/// How the checkout is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Right,
    RecordsAfterEffect,
}

/// What a run came to.
#[derive(Clone, Copy, Default)]
pub struct Outcome {
    /// How many messages and timers were heard.
    pub steps: u32,
    placed: u32,
    charged: u32,
    refunded: u32,
    paid: u32,
    told_failed: u32,
    mailed: u32,
}

impl Outcome {
    /// Whether the run keeps what `specs/workflows/checkout.rs` promises, as far as its end shows it.
    pub fn is_kept(&self) -> bool {
        let is_over = self.placed == 0 || self.paid + self.told_failed > 0;
        let is_honest = self.told_failed == 0 || self.charged == self.refunded;
        let is_once = self.charged <= 1 && self.mailed <= 1;
        is_over && is_honest && is_once && self.mailed <= self.paid && self.paid <= self.charged
    }
}

/// One in so many messages is lost, one in so many arrives twice, and behind one in so many effects the checkout crashes: as long
/// as there is a fault left. With 4 Shuttle finds the bug as soon, with 16 and 32 later.
const ODDS: u32 = 8;

const CUSTOMER: usize = 0;
const CHECKOUT: usize = 1;
const PAYMENT: usize = 2;
const MAIL: usize = 3;

#[derive(Clone, Copy)]
enum Msg {
    Ask,
    Done,
    Failed,
    Charge(u32),
    Charged,
    Declined,
    Void(u32),
    Voided,
    Mail,
}

enum Incoming {
    Restart,
    Message(Msg),
    Timer,
}

struct Crashed;

struct World {
    mailboxes: [Vec<Msg>; 4],
    is_waiting: [bool; 4],
    is_over: bool,
    drops: u32,
    duplicates: u32,
    crashes: u32,
    outcome: Outcome,
}

/// Whether a fault happens, of which so many are left.
fn strikes(left: &mut u32) -> bool {
    let strikes = *left > 0 && thread_rng().gen_ratio(1, ODDS);
    *left -= u32::from(strikes);
    strikes
}

struct Network {
    world: Mutex<World>,
    wakes: [Condvar; 4],
}

impl Network {
    fn new() -> Self {
        let world = World {
            mailboxes: Default::default(),
            is_waiting: [false; 4],
            is_over: false,
            drops: 1,
            duplicates: 1,
            crashes: 1,
            outcome: Outcome::default(),
        };
        Self {
            world: Mutex::new(world),
            wakes: Default::default(),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    fn record(&self, fact: impl FnOnce(&mut Outcome)) {
        fact(&mut self.world().outcome);
    }

    fn send(&self, to: usize, msg: Msg) {
        let mut world = self.world();
        if strikes(&mut world.drops) {
            return;
        }
        if strikes(&mut world.duplicates) {
            world.mailboxes[to].push(msg);
        }
        world.mailboxes[to].push(msg);
        self.wakes[to].notify_one();
    }

    fn crash(&self) -> Result<(), Crashed> {
        match strikes(&mut self.world().crashes) {
            true => Err(Crashed),
            false => Ok(()),
        }
    }

    /// What comes in next; nothing, once everybody waits for nothing.
    fn receive(&self, me: usize, has_timer: bool) -> Option<Incoming> {
        let mut world = self.world();
        loop {
            let waiting = world.mailboxes[me].len();
            if waiting > 0 || has_timer {
                world.outcome.steps += 1;
            }
            if waiting > 0 {
                let at = thread_rng().gen_range(0..waiting);
                return Some(Incoming::Message(world.mailboxes[me].swap_remove(at)));
            }
            if has_timer {
                return Some(Incoming::Timer);
            }
            world.is_waiting[me] = true;
            let is_idle = world.is_waiting.iter().all(|waits| *waits);
            if is_idle && world.mailboxes.iter().all(Vec::is_empty) {
                world.is_over = true;
                self.wakes.iter().for_each(Condvar::notify_one);
            }
            if world.is_over {
                return None;
            }
            world = self.wakes[me].wait(world).unwrap();
            world.is_waiting[me] = false;
            if world.is_over {
                return None;
            }
        }
    }
}

/// One run.
pub fn run(variant: Variant) -> Outcome {
    let network = Arc::new(Network::new());
    let participants: [fn(&Network, Variant); 4] = [customer, checkout, payment, mail];
    let threads = participants.map(|participant| {
        let network = Arc::clone(&network);
        thread::spawn(move || participant(&network, variant))
    });
    for thread in threads {
        thread.join().unwrap();
    }
    let outcome = network.world().outcome;
    outcome
}

/// Asks, and asks once more.
fn customer(network: &Network, _: Variant) {
    let mut tries_left = 1;
    let mut is_waiting = true;
    network.send(CHECKOUT, Msg::Ask);
    while let Some(incoming) = network.receive(CUSTOMER, is_waiting) {
        match incoming {
            Incoming::Timer if tries_left > 0 => {
                tries_left -= 1;
                network.send(CHECKOUT, Msg::Ask);
            }
            _ => is_waiting = false,
        }
    }
}

/// Charges once for each key, and never again for one that is void.
fn payment(network: &Network, _: Variant) {
    let mut charged = Vec::new();
    let mut void = Vec::new();
    while let Some(incoming) = network.receive(PAYMENT, false) {
        match incoming {
            Incoming::Message(Msg::Charge(key)) if void.contains(&key) => {
                network.send(CHECKOUT, Msg::Declined);
            }
            Incoming::Message(Msg::Charge(key)) => {
                if !charged.contains(&key) {
                    charged.push(key);
                    network.record(|outcome| outcome.charged += 1);
                }
                network.send(CHECKOUT, Msg::Charged);
            }
            Incoming::Message(Msg::Void(key)) => {
                if charged.contains(&key) && !void.contains(&key) {
                    network.record(|outcome| outcome.refunded += 1);
                }
                void.push(key);
                network.send(CHECKOUT, Msg::Voided);
            }
            _ => {}
        }
    }
}

/// Sends the mail once.
fn mail(network: &Network, _: Variant) {
    let mut is_out = false;
    while network.receive(MAIL, false).is_some() {
        if !is_out {
            is_out = true;
            network.record(|outcome| outcome.mailed += 1);
        }
    }
}

fn checkout(network: &Network, variant: Variant) {
    let mut service = Service {
        network,
        variant,
        next: Next::Place,
        key: 0,
        starts: 0,
        tries: 0,
        has_timer: false,
    };
    while let Some(mut incoming) = network.receive(CHECKOUT, service.has_timer) {
        while service.on(incoming).is_err() {
            service.tries = 0;
            service.has_timer = false;
            incoming = Incoming::Restart;
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Place,
    Charge,
    Void,
    SayPaid,
    SayFailed,
}

struct Service<'a> {
    network: &'a Network,
    variant: Variant,
    // Survives a crash.
    next: Next,
    key: u32,
    starts: u32,
    // Does not.
    tries: u8,
    has_timer: bool,
}

impl Service<'_> {
    fn on(&mut self, incoming: Incoming) -> Result<(), Crashed> {
        self.network.crash()?;
        let turn = match (incoming, self.next) {
            (Incoming::Restart, next) => {
                self.starts += 1;
                return self.pursue(next, self.key);
            }
            (Incoming::Message(Msg::Ask), Next::Place) => return self.place(),
            (Incoming::Message(Msg::Ask), next @ (Next::SayPaid | Next::SayFailed)) => next,
            (Incoming::Message(Msg::Charged), Next::Charge) => Next::SayPaid,
            (Incoming::Message(Msg::Voided), Next::Void) => Next::SayFailed,
            (Incoming::Timer, next) => {
                self.has_timer = false;
                match next {
                    Next::Charge if self.tries == 2 => Next::Void,
                    _ if self.tries < 2 => next,
                    _ => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        if turn != self.next {
            self.next = turn;
            self.network.record(|outcome| match turn {
                Next::SayPaid => outcome.paid += 1,
                Next::SayFailed => outcome.told_failed += 1,
                _ => {}
            });
            self.tries = 0;
            self.has_timer = false;
            self.network.crash()?;
        }
        self.pursue(turn, self.key)
    }

    fn place(&mut self) -> Result<(), Crashed> {
        let key = self.starts;
        if self.variant == Variant::RecordsAfterEffect {
            self.pursue(Next::Charge, key)?;
        }
        (self.next, self.key) = (Next::Charge, key);
        self.network.record(|outcome| outcome.placed = 1);
        self.network.crash()?;
        if self.variant == Variant::Right {
            self.pursue(Next::Charge, key)?;
        }
        Ok(())
    }

    /// Does what is next, and sets a timer where that needs an answer.
    fn pursue(&mut self, next: Next, key: u32) -> Result<(), Crashed> {
        let (to, msg) = match next {
            Next::Place => return Ok(()),
            Next::Charge => (PAYMENT, Msg::Charge(key)),
            Next::Void => (PAYMENT, Msg::Void(key)),
            Next::SayPaid => (CUSTOMER, Msg::Done),
            Next::SayFailed => (CUSTOMER, Msg::Failed),
        };
        self.network.send(to, msg);
        self.network.crash()?;
        match next {
            Next::Charge | Next::Void => {
                self.tries += 1;
                self.has_timer = true;
            }
            Next::SayPaid => {
                self.network.send(MAIL, Msg::Mail);
                self.network.crash()?;
            }
            _ => {}
        }
        Ok(())
    }
}
