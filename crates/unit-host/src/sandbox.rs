//! The engine and the one way into it: a fresh store for every call, with a
//! limit on memory, time, stack, output and log.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter,
    Store, Trap, UpdateDeadline, WasmBacktrace, WasmBacktraceDetails,
};

use crate::bindings;
use crate::error::CallFailure;
use crate::host::{CallLimits, Limits};
use crate::rules::{plain, shortened};
use crate::turns::Turns;

/// How often the deadline of running calls is looked at, and how long another
/// thread waits at most for a core that a call holds.
const TICK: Duration = Duration::from_millis(1);
/// Stack of WebAssembly code; the threads that run it have 2 MiB.
const STACK_BYTES: usize = 512 << 10;
/// Memory of an instance that stays mapped between calls, and so much of each of
/// its tables: unmapping makes the other cores flush theirs.
const KEEP_RESIDENT: usize = 1 << 20;
const KEEP_TABLE_RESIDENT: usize = 64 << 10;
/// Python components have 38 core instances.
const CORE_INSTANCES: u32 = 64;
const MEMORIES: u32 = 8;
const TABLES: u32 = 64;
const TABLE_ELEMENTS: usize = 100_000;
/// The niceness of calls that are slowed down, the most there is.
#[cfg(target_os = "linux")]
const LEAST_PRIORITY: i32 = 19;
/// How long a plugin that is slowed down rests at least after a call.
const LEAST_REST: Duration = Duration::from_millis(5);
/// How many times a call may grow without a pause.
const GROWTHS: u32 = 64;
/// A pause between growths; the kernel makes about 60 µs of it.
const PAUSE: Duration = Duration::from_micros(1);

/// The engine, and the slots in which calls run.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    slots: Arc<Semaphore>,
    queue_wait: Duration,
    /// What calls took; none in a sandbox that keeps no account.
    accounts: Option<Arc<Mutex<Vec<Account>>>>,
}

/// What a call took, for the author of the plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The function of the interface: `check`.
    pub function: &'static str,
    /// Fuel, which is about one for each instruction of WebAssembly and the same
    /// on every machine.
    pub fuel: u64,
    /// Memory at the end of the call, which is its most, in bytes.
    pub memory_bytes: usize,
    /// Time, with the cost of counting.
    pub time: Duration,
    /// Of the time, what passed until the fresh instance stood.
    pub start: Duration,
    /// What the plugin logged, and what the host has to say about its answer. It
    /// may quote evidence.
    pub log: Vec<String>,
    /// Where it broke off, the innermost function first: its name, and the line
    /// where the component knows it. Empty where it did not.
    pub trace: Vec<String>,
}

impl Sandbox {
    pub(crate) fn new(limits: &Limits) -> wasmtime::Result<Self> {
        Self::with(limits, &config)
    }

    /// A sandbox that keeps an account of its calls.
    pub(crate) fn with_accounts(limits: &Limits) -> wasmtime::Result<Self> {
        let sandbox = Self::with(limits, &|limits, keep_resident| {
            let mut config = config(limits, keep_resident);
            config
                .consume_fuel(true)
                .wasm_backtrace_details(WasmBacktraceDetails::Enable);
            config
        })?;
        Ok(Self {
            accounts: Some(Arc::default()),
            ..sandbox
        })
    }

    fn with(limits: &Limits, config: &dyn Fn(&Limits, bool) -> Config) -> wasmtime::Result<Self> {
        // Keeping memory resident pays only where the kernel can say which
        // pages were touched (Linux 6.7); elsewhere the engine does without.
        let engine =
            Engine::new(&config(limits, true)).or_else(|_| Engine::new(&config(limits, false)))?;
        tick(&engine)?;
        Ok(Self {
            engine,
            slots: Arc::new(Semaphore::new(limits.concurrent_calls)),
            queue_wait: limits.queue_wait,
            accounts: None,
        })
    }

    /// The accounts since they were last taken.
    pub(crate) fn take_accounts(&self) -> Vec<Account> {
        let accounts = self.accounts.iter();
        accounts
            .flat_map(|accounts| {
                std::mem::take(&mut *accounts.lock().unwrap_or_else(PoisonError::into_inner))
            })
            .collect()
    }

    /// Runs `work` in a fresh store on a thread of its own, as soon as it is the
    /// plugin's turn and a slot is free. Both stay taken until `work` has ended,
    /// and how it went is written down, even if the caller no longer waits for it.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        function: &'static str,
        turns: &Arc<Turns>,
        work: impl FnOnce(&mut Store<CallState>) -> wasmtime::Result<Result<R, CallFailure>>
        + Send
        + 'static,
    ) -> Result<R, CallFailure> {
        // The plugin's turn first: who waits for it takes no slot from others.
        let taken = async {
            let turn = turns.take(function, self.queue_wait).await?;
            let slot = self.slots.clone().acquire_owned();
            let slot = tokio::time::timeout(self.queue_wait, slot).await.ok()?;
            Some((turn, slot.ok()?))
        };
        let taken = taken.await.ok_or(CallFailure::Busy)?;
        let engine = self.engine.clone();
        let accounts = self.accounts.clone();
        let of_job = Arc::clone(turns);
        let job = move || {
            let (turn, _slot) = taken;
            let began = Instant::now();
            let answer = call(&engine, accounts.as_deref(), function, of_job.limits, work);
            of_job.went(function, &answer, began.elapsed());
            (answer, turn)
        };
        let answer = if turns.is_slowed(function) {
            behind_others(job).await
        } else {
            let answer = tokio::task::spawn_blocking(|| job().0);
            answer.await.ok()
        };
        answer.unwrap_or_else(|| {
            let broken = Err(CallFailure::Trapped {
                message: "the host could not finish the call".to_owned(),
                log: Vec::new(),
            });
            turns.went(function, &broken, Duration::ZERO);
            broken
        })
    }
}

/// Runs `job` on a thread that gives way to all others, and then keeps the turn for
/// as long again. The thread ends with it: only the system's administrator may
/// raise a priority.
async fn behind_others<R: Send + 'static>(
    job: impl FnOnce() -> (R, OwnedSemaphorePermit) + Send + 'static,
) -> Option<R> {
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("slowed-plugin".to_owned())
        .spawn(move || {
            // The priority of a thread is a matter of Linux; elsewhere the rest does.
            #[cfg(target_os = "linux")]
            rustix::process::nice(LEAST_PRIORITY).ok();
            let began = Instant::now();
            let (answer, turn) = job();
            tell.send(answer).ok();
            std::thread::sleep(began.elapsed().max(LEAST_REST));
            drop(turn);
        })
        .ok()?;
    told.await.ok()
}

/// One call, in a store of its own.
fn call<R>(
    engine: &Engine,
    accounts: Option<&Mutex<Vec<Account>>>,
    function: &'static str,
    limits: CallLimits,
    work: impl FnOnce(&mut Store<CallState>) -> wasmtime::Result<Result<R, CallFailure>>,
) -> Result<R, CallFailure> {
    let mut store = Store::new(engine, CallState::new(limits));
    store.limiter(|state| state);
    store.set_hostcall_fuel(limits.output_bytes);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|context| {
        // Ticks come late on a busy machine; the clock decides.
        if Instant::now() >= context.data().deadline {
            Ok(UpdateDeadline::Interrupt)
        } else {
            // A short call that waits for this core goes before a long one.
            std::thread::yield_now();
            Ok(UpdateDeadline::Continue(1))
        }
    });
    if accounts.is_some() {
        store.set_fuel(u64::MAX).ok();
    }
    let (answer, trace) = match work(&mut store) {
        Ok(answer) => (answer, Vec::new()),
        Err(error) => (Err(store.data().failure(&error)), trace(&error)),
    };
    if let Some(accounts) = accounts {
        let account = Account {
            function,
            fuel: u64::MAX - store.get_fuel().unwrap_or(u64::MAX),
            memory_bytes: store.data().memory_bytes,
            time: store.data().began.elapsed(),
            start: store.data().start,
            log: store.data().log(),
            trace,
        };
        let mut accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
        accounts.push(account);
    }
    answer
}

/// A fresh instance; the call's account knows from when it stood.
pub(crate) fn instantiate(
    pre: &InstancePre<CallState>,
    store: &mut Store<CallState>,
) -> wasmtime::Result<Instance> {
    let instance = pre.instantiate(&mut *store)?;
    let state = store.data_mut();
    state.start = state.began.elapsed();
    Ok(instance)
}

/// The functions that were running when a call broke off.
fn trace(error: &wasmtime::Error) -> Vec<String> {
    let backtrace = error.downcast_ref::<WasmBacktrace>();
    let frames = backtrace.iter().flat_map(|backtrace| backtrace.frames());
    frames
        .flat_map(|frame| {
            let unnamed = || format!("function {}", frame.func_index());
            let name = frame.func_name().map_or_else(unnamed, demangled);
            let lines: Vec<String> = frame
                .symbols()
                .iter()
                .filter_map(|symbol| {
                    let name = symbol.name().map_or_else(|| name.clone(), demangled);
                    Some(format!("{name} ({}:{})", symbol.file()?, symbol.line()?))
                })
                .collect();
            if lines.is_empty() { vec![name] } else { lines }
        })
        .map(|line| shortened(plain(line), 500))
        .collect()
}

/// The name of a function as its author wrote it.
fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}

/// What the host keeps for one call.
pub(crate) struct CallState {
    limits: CallLimits,
    began: Instant,
    start: Duration,
    deadline: Instant,
    memory_bytes: usize,
    table_elements: usize,
    growths: u32,
    /// What it wanted more of than it is given.
    refused: Option<String>,
    log: Vec<String>,
    log_bytes: usize,
}

impl CallState {
    fn new(limits: CallLimits) -> Self {
        let began = Instant::now();
        Self {
            limits,
            began,
            start: Duration::ZERO,
            deadline: began + limits.time,
            memory_bytes: 0,
            table_elements: 0,
            growths: 0,
            refused: None,
            log: Vec::new(),
            log_bytes: 0,
        }
    }

    /// The log so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.clone()
    }

    /// Says which limit an error of the engine stands for.
    fn failure(&self, error: &wasmtime::Error) -> CallFailure {
        let log = self.log();
        match error.downcast_ref::<Trap>() {
            Some(Trap::Interrupt) => CallFailure::TookTooLong {
                limit: self.limits.time,
                log,
            },
            Some(Trap::StackOverflow) => CallFailure::StackOverflow { log },
            trap => {
                // A guest that gets no memory breaks off by itself, each language
                // with a trap of its own.
                if let Some(allowance) = self.refused.clone() {
                    return CallFailure::OutOfMemory { allowance, log };
                }
                let message =
                    trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string);
                // The engine's type of this error is private.
                if trap.is_none() && message.contains("fuel allocated for hostcalls") {
                    return CallFailure::TooMuchOutput {
                        message: format!(
                            "more than {} MiB were to be copied",
                            self.limits.output_bytes >> 20
                        ),
                        log,
                    };
                }
                CallFailure::Trapped { message, log }
            }
        }
    }

    /// Adds what the host has to tell the plugin's author. There is always room.
    pub(crate) fn tell(&mut self, line: String) {
        self.log.push(line);
    }

    /// Leaves other calls a gap. While memory grows, the kernel lets no other thread
    /// of the process change what is mapped; a plugin that does nothing but grow
    /// would keep them waiting for milliseconds.
    fn grew(&mut self) {
        self.growths += 1;
        if self.growths > GROWTHS {
            std::thread::sleep(PAUSE);
        }
    }

    fn write_log(&mut self, line: String) {
        let mut left = self.limits.log_bytes - self.log_bytes;
        if left == 0 {
            return;
        }
        let mut line = plain(line);
        // An empty line counts too, or there could be any number of them.
        left -= 1;
        line.truncate(line.floor_char_boundary(left));
        self.log_bytes += line.len() + 1;
        self.log.push(line);
    }
}

impl ResourceLimiter for CallState {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory_bytes.saturating_add(desired - current);
        let granted = total <= self.limits.memory_bytes;
        if granted {
            self.memory_bytes = total;
            self.grew();
        } else {
            let limit = self.limits.memory_bytes >> 20;
            self.refused = Some(format!("{limit} MiB of memory"));
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired - current);
        let granted = total <= TABLE_ELEMENTS;
        if granted {
            self.table_elements = total;
            self.grew();
        } else {
            self.refused = Some(format!("{TABLE_ELEMENTS} entries of tables"));
        }
        Ok(granted)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }
}

impl bindings::unit::markbridge::unit::log::Host for CallState {
    fn write(&mut self, line: String) {
        self.write_log(line);
    }
}

impl bindings::unit::markbridge::unit::types::Host for CallState {}

impl bindings::reader::markbridge::reader::log::Host for CallState {
    fn write(&mut self, line: String) {
        self.write_log(line);
    }
}

impl bindings::reader::markbridge::reader::types::Host for CallState {}

/// Settings of the engine. Determinism: NaNs have one form, and neither
/// relaxed SIMD nor threads exist.
fn config(limits: &Limits, keep_resident: bool) -> Config {
    let calls = u32::try_from(limits.concurrent_calls).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES))
        .total_memories(calls.saturating_mul(MEMORIES))
        .total_tables(calls.saturating_mul(TABLES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_memory_size(limits.most_memory())
        .table_elements(TABLE_ELEMENTS);
    if keep_resident {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(KEEP_TABLE_RESIDENT);
    }
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(STACK_BYTES)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        .wasm_features(wasmtime::WasmFeatures::THREADS, false)
        .wasm_memory64(false);
    config
}

/// Starts the thread that makes running calls look at their deadline. It ends
/// by itself when the engine is gone.
fn tick(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("plugin-deadlines".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })?;
    Ok(())
}

/// An error of the engine with its causes, on one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    shortened(plain(chain.join(": ")), 1_000)
}
