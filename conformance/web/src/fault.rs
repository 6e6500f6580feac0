//! What is wrong with an answer.

/// What is wrong with an answer, whatever it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// What the protocol asks for.
    pub expected: String,
    /// What came.
    pub actual: String,
}
