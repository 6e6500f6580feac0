//! Why an answer breaks off.

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError<E> {
    /// That of the service behind does.
    #[error(transparent)]
    Body(E),
    /// It failed when a part of it was sent already, and nothing can be told any more.
    #[error("the answer failed after its beginning was sent")]
    BrokenOff,
}
