//! What this process holds, for tests and benchmarks that measure memory. They
//! need a process of their own, or another test shows in it.

use anyhow::Context;

/// Memory in MiB: what the process holds now, and the most that it held since
/// [`forget_peak`].
///
/// # Errors
/// Where the system does not tell.
pub fn memory() -> anyhow::Result<(f64, f64)> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        number.with_context(|| format!("the system does not tell {name}"))
    };
    Ok((field("VmRSS:")? / 1024.0, field("VmHWM:")? / 1024.0))
}

/// Makes what is held now the most that was held.
///
/// # Errors
/// Where the system does not allow it.
pub fn forget_peak() -> anyhow::Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}
