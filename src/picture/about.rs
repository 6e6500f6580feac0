//! What a picture says of itself, in its file.

use mfn_core::SimulationParams;

use crate::json::simulation_request;
use crate::report::parameters;

const SOFTWARE: &str = concat!("mfn ", env!("CARGO_PKG_VERSION"));

/// See the module.
pub(crate) struct About {
    pub(crate) title: String,
    /// For people.
    pub(crate) description: String,
    /// As JSON, with the wire's field names.
    pub(crate) parameters: String,
}

impl About {
    /// That of a picture of a simulation with these `params`.
    pub(crate) fn of(title: &str, params: &SimulationParams) -> Self {
        Self {
            title: title.to_owned(),
            description: parameters(params),
            parameters: simulation_request(params).to_string(),
        }
    }

    /// All of it, by the keywords of PNG.
    pub(super) fn texts(&self) -> [(&'static str, &str); 4] {
        [
            ("Title", &self.title),
            ("Description", &self.description),
            ("Parameters", &self.parameters),
            ("Software", SOFTWARE),
        ]
    }
}
