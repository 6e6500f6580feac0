//! What is to become of a call.

/// What is to become of a call, by its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is let in, by its key's limits.
    Admitted,
    /// It needs no key.
    Free,
    NotGrpc,
    AuditStalled,
    Unauthenticated,
    ScopeDenied,
    TooManyAtOnce,
    /// Its signature has served another call.
    SignatureReplayed,
    /// The clock of the wall was set back, so that a server does not know any more whether its
    /// signature has served: it may refuse the call for that.
    MayBeReplayed,
    TooManyASecond,
}

impl Verdict {
    pub(super) fn is_let_in(self) -> bool {
        matches!(self, Self::Admitted | Self::Free)
    }

    /// The reason that the answer and the audit give for a refusal.
    pub(super) fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Admitted | Self::Free => &[],
            Self::NotGrpc => &["NOT_GRPC"],
            Self::AuditStalled => &["AUDIT_STALLED"],
            Self::Unauthenticated => {
                &["CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "TIMESTAMP_OUTSIDE_WINDOW"]
            }
            Self::ScopeDenied => &["SCOPE_DENIED"],
            Self::TooManyAtOnce => &["RATE_LIMIT_CONCURRENT"],
            Self::SignatureReplayed => &["SIGNATURE_REPLAYED"],
            Self::MayBeReplayed => &["SIGNATURE_REPLAYED", "RATE_LIMIT_RPS"],
            Self::TooManyASecond => &["RATE_LIMIT_RPS"],
        }
    }
}
