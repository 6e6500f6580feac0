//! What is wrong with a request that cannot become a gRPC message.

/// Why a request has no message for the service behind. It is the error of the body that
/// the service reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not written as it has to be: a sentence that says what to change.
    #[error("{0}")]
    Malformed(String),
    /// It is longer than a message may be.
    #[error("send at most {limit} bytes in a message: this one has more")]
    TooLarge {
        /// Most bytes.
        limit: usize,
    },
    /// It is longer than a message may be that has to be received as a whole.
    #[error(
        "send at most {limit} bytes in a message in JSON, beside white space, or without its \
         length: this one has more"
    )]
    TooLargeWhole {
        /// Most bytes.
        limit: usize,
    },
}
