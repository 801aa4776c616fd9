//! Turns of one plugin: how many of its calls run at a time, and how they went.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::CallFailure;
use crate::host::CallLimits;

/// After so many failures in a row a plugin is slowed down.
const MOST_FAILURES: u32 = 3;

/// The turns of a plugin, shared by its versions.
pub(crate) struct Turns {
    pub(crate) limits: CallLimits,
    /// Whether failures slow it down.
    slows: bool,
    slots: Arc<Semaphore>,
    went: Mutex<Went>,
}

#[derive(Default)]
struct Went {
    calls: u64,
    time: Duration,
    failures: BTreeMap<&'static str, u64>,
    /// Failures without a good call between them, by function: one that always
    /// fails is not forgiven because another works.
    in_a_row: BTreeMap<&'static str, u32>,
    last: Option<&'static str>,
}

impl Went {
    fn slows(&self, function: &str) -> bool {
        self.in_a_row.get(function).copied().unwrap_or_default() >= MOST_FAILURES
    }
}

/// How the calls of a plugin went since the host started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The plugin's id.
    pub id: String,
    /// How many calls there were. Who had no turn is not among them.
    pub calls: u64,
    /// How long they ran, all together; waiting for a turn is not in it.
    pub time: Duration,
    /// How many failed, by the failure's code.
    pub failures: BTreeMap<&'static str, u64>,
    /// The code of the last failure.
    pub last_failure: Option<&'static str>,
    /// Whether calls of one of its functions are slowed down: one at a time, behind
    /// all others, with rests, and no queue to speak of, until one goes well.
    pub slowed: bool,
}

impl Turns {
    /// Turns of a unit, which its own failures slow down.
    pub(crate) fn of_unit(limits: CallLimits) -> Arc<Self> {
        Self::new(limits, true)
    }

    /// Turns of a reader. It is rather the file that makes it fail, so one
    /// learner's files must not slow it down for the others.
    pub(crate) fn of_reader(limits: CallLimits) -> Arc<Self> {
        Self::new(limits, false)
    }

    fn new(limits: CallLimits, slows: bool) -> Arc<Self> {
        Arc::new(Self {
            slows,
            slots: Arc::new(Semaphore::new(limits.concurrent_calls)),
            limits,
            went: Mutex::default(),
        })
    }

    /// Waits for a turn of this function, at most so long. One that fails again
    /// and again has one turn at a time, and its callers wait no longer than a
    /// call takes.
    pub(crate) async fn take(
        &self,
        function: &'static str,
        wait: Duration,
    ) -> Option<OwnedSemaphorePermit> {
        let slots = Arc::clone(&self.slots);
        let (turns, wait) = if self.is_slowed(function) {
            let all = u32::try_from(self.limits.concurrent_calls).unwrap_or(u32::MAX);
            (all, wait.min(self.limits.time))
        } else {
            (1, wait)
        };
        let turn = tokio::time::timeout(wait, slots.acquire_many_owned(turns));
        turn.await.ok().and_then(Result::ok)
    }

    /// Writes down how a call of this function went, and how long it ran. A plugin
    /// that says itself why it cannot answer behaves.
    pub(crate) fn went<R>(
        &self,
        function: &'static str,
        answer: &Result<R, CallFailure>,
        time: Duration,
    ) {
        let mut went = self.went.lock().unwrap_or_else(PoisonError::into_inner);
        went.calls += 1;
        went.time += time;
        match answer {
            Err(CallFailure::TooMuchEvidence { .. }) => {}
            Ok(_) | Err(CallFailure::Plugin { .. }) => {
                went.in_a_row.remove(function);
            }
            Err(failure) => {
                *went.failures.entry(failure.code()).or_default() += 1;
                went.last = Some(failure.code());
                *went.in_a_row.entry(function).or_default() += 1;
            }
        }
    }

    /// Whether calls of this function are slowed down.
    pub(crate) fn is_slowed(&self, function: &str) -> bool {
        let went = self.went.lock().unwrap_or_else(PoisonError::into_inner);
        self.slows && went.slows(function)
    }

    pub(crate) fn health(&self, id: &str) -> Health {
        let went = self.went.lock().unwrap_or_else(PoisonError::into_inner);
        Health {
            id: id.to_owned(),
            calls: went.calls,
            time: went.time,
            failures: went.failures.clone(),
            last_failure: went.last,
            slowed: self.slows && went.in_a_row.keys().any(|function| went.slows(function)),
        }
    }
}
