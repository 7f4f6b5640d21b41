//! A register with one copy, and clients that write once and then read: Stateright's `single-copy-register`.

use testimony::prelude::*;
use testimony::specs::register::Register;

/// One server and so many clients.
pub fn suite(clients: usize) -> Suite {
    Suite::of(SingleCopy { clients }).spec("register", Register::default())
}

struct SingleCopy {
    clients: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Put(u32),
    PutOk,
    Get,
    GetOk(Option<u32>),
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Write(u32),
    Read,
}

struct Server;

impl Participant for Server {
    type Msg = Msg;
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(from, Msg::Put(value)) => {
                cx.save(|state| *state = Some(value));
                cx.send(from, Msg::PutOk);
            }
            Incoming::Message(from, Msg::Get) => {
                let value = *cx.durable();
                cx.send(from, Msg::GetOk(value));
            }
            _ => {}
        }
    }
}

struct Client {
    number: u32,
}

impl Participant for Client {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Option<Op>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                let op = cx.invoke(Call::Write(self.number));
                *cx.volatile() = Some(op);
                cx.send("server", Msg::Put(self.number));
            }
            Incoming::Message(_, Msg::PutOk) => {
                if let Some(op) = cx.volatile().take() {
                    cx.ok(op, ());
                    let op = cx.invoke(Call::Read);
                    *cx.volatile() = Some(op);
                    cx.send("server", Msg::Get);
                }
            }
            Incoming::Message(_, Msg::GetOk(value)) => {
                if let Some(op) = cx.volatile().take() {
                    cx.ok(op, value);
                }
            }
            _ => {}
        }
    }
}

impl Workflow for SingleCopy {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.start_together();
        cast.add("server", Server);
        for number in 1..=self.clients as u32 {
            cast.add(format!("client-{number}"), Client { number });
        }
    }
}
