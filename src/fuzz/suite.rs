//! A workflow with what it must keep.

use std::fmt;
use std::sync::Arc;

use crate::check::Check;
use crate::check::catalog::{ParameterFault, Parameters};
use crate::check::linear::{AnySpec, SpecCheck, SpecOptions};
use crate::check::promise::{AnyPromise, PromiseCheck};
use crate::check::session::RUST_KIND;
use crate::model::Workflow;
use crate::sim::Play;

/// A workflow with the promises and specifications that its runs are held to.
///
/// ```
/// use testimony::prelude::*;
/// # use testimony::specs::at_most_once::AtMostOnce;
/// # struct Checkout;
/// # impl Workflow for Checkout {
/// #     type Msg = ();
/// #     fn cast(&self, _: &mut Cast<()>) {}
/// # }
///
/// let suite = Suite::of(Checkout)
///     .promise("charge at most once", AtMostOnce::new("charged").per("order"))
///     .settles_within(200);
/// ```
#[derive(Clone)]
#[must_use = "a suite does nothing before it is fuzzed or explored"]
pub struct Suite {
    pub(super) play: Arc<dyn Play>,
    pub(super) promises: Vec<(String, AnyPromise)>,
    pub(super) specs: Vec<(String, AnySpec, SpecOptions)>,
    pub(super) settles_within: Option<u32>,
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promises: Vec<&str> = self.promises.iter().map(|(name, _)| &**name).collect();
        let specs: Vec<&str> = self.specs.iter().map(|(name, ..)| &**name).collect();
        f.debug_struct("Suite")
            .field("promises", &promises)
            .field("specs", &specs)
            .field("settles_within", &self.settles_within)
            .finish_non_exhaustive()
    }
}

impl Suite {
    /// Starts with a workflow that is held to nothing yet.
    pub fn of(workflow: impl Workflow) -> Self {
        Self {
            play: Arc::new(workflow),
            promises: Vec::new(),
            specs: Vec::new(),
            settles_within: None,
        }
    }

    /// Holds it to a promise, which reports call by the slug of `name`.
    pub fn promise(mut self, name: &str, promise: impl Into<AnyPromise>) -> Self {
        self.promises.push((name.to_owned(), promise.into()));
        self
    }

    /// Holds its operations to a specification: they must be linearizable.
    pub fn spec(self, name: &str, spec: impl Into<AnySpec>) -> Self {
        self.spec_with(name, spec, SpecOptions::default())
    }

    /// The same with another consistency, or by key.
    pub fn spec_with(mut self, name: &str, spec: impl Into<AnySpec>, options: SpecOptions) -> Self {
        self.specs.push((name.to_owned(), spec.into(), options));
        self
    }

    /// The promises and then the specifications as checks: what a recorded history of the same system can be held to.
    #[must_use]
    pub fn checks(&self) -> Vec<Arc<dyn Check>> {
        let promises = self.promises.iter().map(|(name, promise)| {
            let check = PromiseCheck::new(name, RUST_KIND, promise.clone());
            Arc::new(check) as Arc<dyn Check>
        });
        let specs = self.specs.iter().map(|(name, spec, options)| {
            let check = SpecCheck::new(name, spec.clone(), *options);
            Arc::new(check) as Arc<dyn Check>
        });
        promises.chain(specs).collect()
    }

    /// Holds it to an end: once nothing goes wrong any more, everything must come to rest within so many steps, and every operation of
    /// unknown outcome must have found out what became of it.
    pub fn settles_within(mut self, steps: u32) -> Self {
        self.settles_within = Some(steps);
        self
    }
}

/// A workflow that `testimony fuzz` and `explore` can name.
#[derive(Clone, Copy, Debug)]
pub struct WorkflowEntry {
    /// Its name: `checkout`.
    pub name: &'static str,
    /// The Rust source whose `//!` header is what `testimony explain NAME` prints.
    pub page: &'static str,
    /// The bugs that can be put into it: `checkout:bug=new-key`.
    pub bugs: &'static [Bug],
    /// Makes it from the bug, one of `bugs`, and the parameters that follow its name.
    pub build: fn(Option<&str>, &mut Parameters) -> Result<Suite, ParameterFault>,
}

/// A bug that can be put into a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bug {
    /// Its name: `new-key`.
    pub name: &'static str,
    /// What is done wrong: a phrase.
    pub says: &'static str,
    /// The id of the promise that it breaks.
    pub breaks: &'static str,
}
