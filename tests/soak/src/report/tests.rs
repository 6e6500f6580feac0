//! What is a fault, and what the table says.

use soak::audit::AuditTally;

use super::*;
use crate::call::Seen;
use crate::mix::Kind;

/// A run that is long enough for its growth to be judged.
const ENOUGH: Duration = Duration::from_mins(10);

fn account() -> Account {
    let mut ledger = Ledger::new();
    for (protocol, code) in [("grpc", 0), ("connect", 0), ("grpc", 16)] {
        let seen = Seen { protocol, code: Some(code), fault: None, answer: None };
        let kind = if code == 0 { Kind::Unary } else { Kind::UnknownKey };
        ledger.note(kind, 0, Duration::from_millis(1), seen);
    }
    let name = |name: &str| name.to_owned();
    let audit = AuditTally {
        by_protocol: BTreeMap::from([(name("grpc"), 2), (name("connect"), 1)]),
        by_code: BTreeMap::from([(name("OK"), 2), (name("UNAUTHENTICATED"), 1)]),
        files: 2,
    };
    let metrics = "grpc_server_handled_total{grpc_service=\"a\",grpc_code=\"OK\"} 2\n\
         grpc_server_handled_total{grpc_service=\"a\",grpc_code=\"Unauthenticated\"} 1\n\
         mfn_connections_accepted_total 3\n";
    ledger.due = 3;
    Account {
        name: "plaintext",
        has_tls: false,
        ledger,
        upkeep: Upkeep { keys_rotated: 1, audit, ..Upkeep::default() },
        metrics: Metrics::read(metrics).expect("metrics"),
        watch: growing(ENOUGH, 3.0),
        alone: [Sample::default(); 2],
        bound_mib: 500.0,
        ended_well: true,
    }
}

/// A run of this length, which has so much more memory after its second tenth than in it.
fn growing(length: Duration, growth_mib: f64) -> Watch {
    let watch = Watch::new(length);
    for part in 0..PARTS {
        // What comes with the start is not growth.
        let memory_mib = match part {
            0 => 20.0,
            1 => 80.0,
            _ => 80.0 + growth_mib,
        };
        let at = length.as_secs_f64() / PARTS as f64 * (part as f64 + 0.5);
        watch.note(at, Sample { memory_mib, ..Sample::default() });
    }
    watch
}

#[test]
fn metrics_name_codes_as_go_does() {
    let names = ["OK", "CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED"].map(in_go);
    assert_eq!(names, ["OK", "Canceled", "Unknown", "DeadlineExceeded"]);
}

#[test]
fn what_agrees_has_no_faults() {
    assert_eq!(account().faults(), [""; 0]);
    insta::assert_snapshot!(account().text());
}

#[test]
fn memory_may_grow_by_what_the_allocator_keeps() {
    let runs = [(ENOUGH, 24.0), (ENOUGH, -24.5), (ENOUGH / 2, 24.5)];
    for (length, growth_mib) in runs {
        let account = Account { watch: growing(length, growth_mib), ..account() };
        assert_eq!(account.faults(), [""; 0], "{growth_mib} MiB in {length:?}");
        let text = account.text();
        let row = text.lines().find(|line| line.starts_with("its growth")).expect("a row");
        assert_eq!(row.ends_with(" -"), length < ENOUGH, "{row}");
    }
}

#[test]
fn each_difference_is_a_fault() {
    let of = |change: fn(&mut Account)| {
        let mut account = account();
        change(&mut account);
        account.faults().join("; ")
    };
    let told = [
        of(|account| {
            account.upkeep.audit.by_code.insert("OK".to_owned(), 1);
        }),
        of(|account| {
            account.upkeep.audit.by_protocol.insert("connect".to_owned(), 2);
        }),
        of(|account| account.metrics = Metrics::default()),
        of(|account| account.ledger.health = 1),
        of(|account| account.ledger.is_unexpected("a call".to_owned())),
        of(|account| {
            account.ledger.not_made = 1;
            account.ledger.due += 1;
        }),
        of(|account| account.ledger.due = 4),
        of(|account| {
            account.ledger = Ledger::new();
            account.ledger.due = 250;
            account.ledger.not_made = 250;
            account.upkeep.audit = AuditTally { files: 2, ..AuditTally::default() };
            account.metrics = Metrics::default();
        }),
        of(|account| account.upkeep.keys_rotated = 0),
        of(|account| account.upkeep.audit.files = 1),
        of(|account| account.has_tls = true),
        of(|account| account.watch = growing(ENOUGH, 24.5)),
        of(|account| account.alone[1].descriptors = 3),
        of(|account| account.alone[1].threads = 1),
        of(|account| account.alone[1].peak_memory_mib = 501.0),
        of(|account| account.ended_well = false),
    ];
    insta::assert_snapshot!(told.join("\n"));
}
