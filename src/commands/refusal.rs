//! What a person is told of a call that failed, and the exit code.

use mfn_client::{Code, Error, TlsFailure};

use crate::failure::Failure;

/// The exit codes beside 2, which is that of a command line that is wrong.
const BAD_PARAMETERS: u8 = 1;
const UNAVAILABLE: u8 = 3;
const NOT_ALLOWED: u8 = 4;
const LIMITED: u8 = 5;
const TOO_LATE: u8 = 6;
const FAILED: u8 = 7;

/// The whole block: code, reason, sentence, and what to do.
pub(in crate::commands) fn of(error: &Error) -> Failure {
    // The server's own sentence names every bad parameter.
    let mut message = error.to_string();
    if let Some(advice) = advice(error) {
        message = format!("{message}\n  {advice}");
    }
    // It goes to a terminal, and its sender may be anyone.
    let message = message.replace(|letter: char| letter.is_control() && letter != '\n', "?");
    Failure::Coded { code: code(error.code()), message }
}

fn code(code: Code) -> u8 {
    match code {
        Code::InvalidArgument => BAD_PARAMETERS,
        Code::Unavailable => UNAVAILABLE,
        Code::Unauthenticated | Code::PermissionDenied => NOT_ALLOWED,
        Code::ResourceExhausted => LIMITED,
        Code::DeadlineExceeded => TOO_LATE,
        _ => FAILED,
    }
}

/// What a person can do about it, where the server's sentence does not say so.
fn advice(error: &Error) -> Option<&'static str> {
    if let Some(advice) = error.tls_failure().and_then(of_tls) {
        return Some(advice);
    }
    Some(match error.code() {
        Code::Unavailable => {
            "Check that the server runs, that --target names it, and whether it speaks TLS (https://, --ca)."
        }
        Code::Unauthenticated => match error.reason()? {
            "CREDENTIALS_MISSING" => "Set MFN_API_KEY, or name a file by --api-key-file.",
            "CREDENTIALS_INVALID" => "Check that the key is one of the server's.",
            "TIMESTAMP_OUTSIDE_WINDOW" => "Set the clock of this machine, or of the server.",
            _ => return None,
        },
        Code::PermissionDenied => "Use a key that may call this service.",
        Code::ResourceExhausted if error.retry_after().is_some() => {
            "Call less often, try again later, or let it be tried more often by --retries."
        }
        Code::DeadlineExceeded => "Give it more time by --timeout, or ask for less.",
        Code::Unimplemented => "The server has no such method: check that --target is one of MFN.",
        _ => return None,
    })
}

/// What a person can do where TLS fails.
pub(in crate::commands) fn of_tls(failure: &TlsFailure) -> Option<&'static str> {
    Some(match failure {
        TlsFailure::UnknownAuthority | TlsFailure::OtherAuthority => {
            "Name the certificate of its authority by --ca."
        }
        TlsFailure::IsAuthority => "Give the server one that says CA:FALSE, which may sign itself.",
        TlsFailure::OtherName(_) => {
            "Call the server by a name that is in its certificate, or name that by --server-name."
        }
        TlsFailure::Expired | TlsFailure::NotYetValid => {
            "Give the server a certificate that is valid now, or set the clock of this machine."
        }
        TlsFailure::CertificateRequired => "Show it one by --client-cert and --client-key.",
        TlsFailure::CertificateRefused => {
            "Show it one of an authority that it trusts, by --client-cert and --client-key."
        }
        TlsFailure::NotSpoken | TlsFailure::Closed => {
            "Check that --target names it; without TLS it is called by http://, without --ca."
        }
        _ => return None,
    })
}
