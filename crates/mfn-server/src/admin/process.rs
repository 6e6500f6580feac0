//! What the operating system knows of the process, by the names that Prometheus's own
//! libraries give it.

use std::fmt;

use super::family::Families;

/// Encodes what can be had. What cannot is left out: nobody is helped by a zero.
#[cfg(target_os = "linux")]
pub(super) fn encode(families: &mut Families<'_>) -> fmt::Result {
    use procfs::process::{LimitValue, Process};

    let Ok(process) = Process::myself() else { return Ok(()) };
    if let Ok(stat) = process.stat() {
        let seconds = |ticks: u64| ticks as f64 / procfs::ticks_per_second() as f64;
        families.counter(
            "process_cpu_seconds",
            "Time of processors that the process has used.",
            &seconds(stat.utime + stat.stime),
        )?;
        families.gauge(
            "process_resident_memory_bytes",
            "Memory that the process has.",
            &(stat.rss * procfs::page_size()),
        )?;
        families.gauge(
            "process_virtual_memory_bytes",
            "Addresses that the process has reserved.",
            &stat.vsize,
        )?;
        families.gauge("process_threads", "Threads of the process.", &stat.num_threads)?;
        if let Ok(booted) = procfs::boot_time_secs() {
            families.gauge(
                "process_start_time_seconds",
                "When the process started, in seconds since 1970.",
                &(booted as f64 + seconds(stat.starttime)),
            )?;
        }
    }
    if let Ok(open) = process.fd_count() {
        families.gauge("process_open_fds", "Open file descriptors.", &open)?;
    }
    let limit = process.limits().map(|limits| limits.max_open_files.soft_limit);
    if let Ok(LimitValue::Value(most)) = limit {
        families.gauge("process_max_fds", "File descriptors that may be open.", &most)?;
    }
    Ok(())
}

/// Only Linux tells it in files.
#[cfg(not(target_os = "linux"))]
pub(super) fn encode(_: &mut Families<'_>) -> fmt::Result {
    Ok(())
}
