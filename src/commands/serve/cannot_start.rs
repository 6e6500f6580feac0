//! What is said of a server that cannot start.

use std::io;
use std::net::SocketAddr;

use mfn_access::KeySetError;
use mfn_server::{AuditLog, BindError, TlsError, TlsFile};

use super::flags::Flags;
use crate::failure::Failure;

pub(super) fn cannot_bind(address: SocketAddr, flags: &Flags, error: BindError) -> Failure {
    match error {
        BindError::Listen(error) => cannot_listen(address, &error),
        BindError::Tls(error) => Failure::Usage(unusable(&error)),
        BindError::Open(host) => Failure::Usage(format!(
            "MFN_GRPC_HOST (--host) is {host}, where other machines can call, and there are no \
             keys: set MFN_API_KEYS or MFN_API_KEYS_FILE, or let anyone call with --allow-anonymous"
        )),
        BindError::Keys(error) => Failure::Usage(apart(flags, &error)),
        BindError::AuditLog(error) => match &flags.audit_log {
            AuditLog::File(path) => Failure::Usage(format!(
                "MFN_GRPC_AUDIT_LOG (--audit-log) is '{}', which cannot be written: {error}",
                path.display()
            )),
            AuditLog::Stderr | AuditLog::Off => Failure::work("cannot start", error),
        },
        BindError::Admin(error) => cannot_tell(flags.admin.address(), &error),
        BindError::Threads(error) => cannot_start_threads(&error),
    }
}

pub(super) fn apart(flags: &Flags, error: &KeySetError) -> String {
    format!("the keys of {} do not go together: {error}", flags.keys.sources())
}

pub(super) fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    let what = format!("cannot listen on {address}");
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            let port = address.port();
            Failure::Work(format!(
                "{what}: port {port} is taken, by a program that listens there or by a connection \
                 from this machine, which may hold it for a minute after its end; choose another \
                 --port, or 0 for any"
            ))
        }
        io::ErrorKind::PermissionDenied => {
            Failure::Work(format!("{what}: {error}; choose a --port from 1024 on"))
        }
        io::ErrorKind::AddrNotAvailable => Failure::Work(format!(
            "{what}: {error}; choose a --host that is an address of this machine"
        )),
        _ => Failure::work(what, error),
    }
}

/// Metrics and readiness.
fn cannot_tell(address: SocketAddr, error: &io::Error) -> Failure {
    let choose = if error.kind() == io::ErrorKind::AddrNotAvailable {
        "choose an --admin-host (MFN_GRPC_ADMIN_HOST) that is an address of this machine"
    } else {
        "choose another --admin-port (MFN_GRPC_ADMIN_PORT), any for a free one, or 0 for none"
    };
    Failure::Work(format!(
        "cannot listen on {address} for those who ask for metrics: {error}; {choose}"
    ))
}

/// A thread of the program's own that cannot be started.
pub(super) fn cannot_start_thread(name: &str, error: &io::Error) -> Failure {
    let named = format!("the thread {name} cannot be started: {error}");
    cannot_start_threads(&io::Error::new(error.kind(), named))
}

/// The error names the thread.
fn cannot_start_threads(error: &io::Error) -> Failure {
    let is_for_want_of_threads =
        matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory);
    let more = if is_for_want_of_threads {
        "more threads (ulimit -u, or pids.max of its cgroup) and memory"
    } else {
        "more open files (ulimit -n)"
    };
    Failure::Work(format!(
        "cannot start: {error}; allow the server {more}, or ask for fewer threads by --max-workers \
         and --io-threads"
    ))
}

/// Which setting names the file, and what is wrong with it.
pub(super) fn unusable(error: &TlsError) -> String {
    let setting = match error.file {
        TlsFile::Certificates => "MFN_GRPC_TLS_CERT_PATH (--tls-cert-path)",
        TlsFile::Key => "MFN_GRPC_TLS_KEY_PATH (--tls-key-path)",
        TlsFile::ClientRoots => "MFN_GRPC_TLS_CLIENT_CA_PATH (--tls-client-ca-path)",
    };
    format!("{setting} is {error}")
}
