//! What has to hold of the audit and of the counters: each call once, as its client has it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::call::{Call, Outcome};
use super::code_name::code_name;
use super::disk::Disk;
use super::server::SimulatedServer;
use super::world::World;
use crate::metrics::CODES;

/// What the files of the audit say.
#[derive(Default)]
struct Lines {
    of_calls: BTreeMap<String, Vec<Value>>,
    /// How many calls have no line of their own, by code.
    counted: BTreeMap<String, u64>,
}

/// Compares the files on `disk` with the calls, and with what the server has counted.
pub(super) fn check(server: &SimulatedServer, disk: &Disk, world: &World) {
    let unwritten = server.unwritten.calls();
    let lines = read(disk, unwritten > 0, world);
    let calls = server.ledger.calls();
    let recorded = calls.iter().filter(|(_, call)| is_recorded(call));
    let mut missing = 0;
    for (id, call) in recorded.clone() {
        match lines.of_calls.get(id).map(Vec::as_slice) {
            None => missing += 1,
            Some([line]) => check_line(id, call, line, world),
            Some(lines) => world.violated(format_args!("{id} has {} lines", lines.len())),
        }
    }
    for id in lines.of_calls.keys() {
        if !calls.get(id).is_some_and(is_recorded) {
            world.violated(format_args!("there is a line of {id}, which was not begun"));
        }
    }
    let counted: u64 = lines.counted.values().sum();
    if missing != counted + unwritten {
        world.violated(format_args!(
            "{missing} calls have no line, {counted} are counted, {unwritten} are not written"
        ));
    }
    check_counters(server, recorded.count() as u64, (&lines, unwritten), world);
}

fn is_recorded(call: &Call) -> bool {
    call.begun.is_some() && !call.plan.question.is_health()
}

/// Reads all lines. The last one of a file may be cut if the file was moved away, or
/// nothing more `is_given_up`.
fn read(disk: &Disk, is_given_up: bool, world: &World) -> Lines {
    let mut lines = Lines::default();
    let files = disk.files();
    for (number, file) in files.iter().enumerate() {
        let (whole, cut) = match file.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => file.split_at(end + 1),
            None => (&[][..], &file[..]),
        };
        let is_last = number + 1 == files.len();
        if !cut.is_empty() && is_last && !is_given_up {
            world.violated("the last file of the audit ends within a line");
        }
        for line in whole.split_inclusive(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<Value>(line) else {
                let line = String::from_utf8_lossy(line);
                world.violated(format_args!("this is no line of the audit: {line}"));
                continue;
            };
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            match line["count"].as_u64() {
                Some(count) => *lines.counted.entry(text("code")).or_default() += count,
                None => lines.of_calls.entry(text("request_id")).or_default().push(line),
            }
        }
    }
    lines
}

/// What the client was told is what the line says.
fn check_line(id: &str, call: &Call, line: &Value, world: &World) {
    let code = line["code"].as_str().unwrap_or_default();
    let reason = line["reason"].as_str();
    if let Some(Outcome::Status(told, told_reason)) = &call.outcome
        && (code, reason) != (code_name(*told), told_reason.as_deref())
    {
        world
            .violated(format_args!("{id} was told {told} {told_reason:?}, and its line is {line}"));
    }
    if code == "INTERNAL" && reason == Some("INTERNAL") {
        world.violated(format_args!("{id} has met a fault of the server: {line}"));
    }
    let Some((_, verdict)) = call.begun else { return };
    let refusals = verdict.reasons();
    // A call whose time was over at once, or whose client had left, may say that.
    let is_over = matches!(reason, Some("DEADLINE" | "SHUTTING_DOWN")) || code == "CANCELLED";
    if !refusals.is_empty() && !is_over && !reason.is_some_and(|reason| refusals.contains(&reason))
    {
        world.violated(format_args!("{id} is to be refused with {refusals:?}: {line}"));
    }
}

/// The counters say the same as the audit.
fn check_counters(
    server: &SimulatedServer,
    recorded: u64,
    (lines, unwritten): (&Lines, u64),
    world: &World,
) {
    let totals = server.metrics.totals();
    let labels: Vec<_> = server.metrics.methods().labels().cloned().collect();
    let methods = labels.iter().zip(&totals.methods);
    let methods: Vec<_> = methods
        .filter(|(labels, _)| !labels.service.contains("Health"))
        .map(|(_, of)| of)
        .collect();
    let started: u64 = methods.iter().map(|method| method.started).sum();
    let handled: u64 = methods.iter().flat_map(|method| method.handled).sum();
    if (started, handled) != (recorded, recorded) {
        world.violated(format_args!(
            "{recorded} calls have begun, {started} are counted as started and {handled} as handled"
        ));
    }
    // What is not written is of any code.
    if unwritten > 0 {
        return;
    }
    for (number, code) in CODES.iter().enumerate() {
        let name = code_name(number as i32);
        let of_code =
            |lines: &&Value| lines["code"].as_str().is_some_and(|in_line| in_line == name);
        let in_lines = lines.of_calls.values().flatten().filter(of_code).count() as u64;
        let in_lines = in_lines + lines.counted.get(name).copied().unwrap_or_default();
        let counted: u64 = methods.iter().map(|method| method.handled[number]).sum();
        if counted != in_lines {
            world.violated(format_args!(
                "{counted} calls are counted as {code}, and {in_lines} recorded as {name}"
            ));
        }
    }
}
