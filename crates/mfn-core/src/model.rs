//! The constants of the model that decide about the Turing kick:
//! `spec/simulation.md`.

/// The model's constants that decide whether the activator acts at all.
/// Tests change them, since no admissible request makes it act; nothing else
/// can.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    /// An activator above this kicks the field. It is below 1, so that it does
    /// not matter that activators are held within [0, 1] before they are
    /// compared.
    pub(crate) activation_threshold: f64,
    /// What a kick adds to a cell, in volts.
    pub(crate) kick_v: f64,
    /// Reaction rate of the activator.
    pub(crate) activator_rate: f64,
    /// Reaction rate of the inhibitor.
    pub(crate) inhibitor_rate: f64,
}

impl Model {
    /// The model that every request gets.
    pub(crate) const STANDARD: Self = Self {
        activation_threshold: 0.75,
        kick_v: 0.005,
        activator_rate: 0.01,
        inhibitor_rate: 0.02,
    };
}
