//! An answer, for people and for programs.

use std::io::{self, Write as _};

use prost::Message;
use prost_reflect::{
    DynamicMessage, MessageDescriptor, ReflectMessage as _, SerializeOptions, Value,
};

use crate::failure::Failure;
use crate::json::{self, Fields};
use crate::picture::{Canvas, FIELD_TITLE, HeatMap, Look};
use crate::report::Report;

/// The fields that are said to people: their names, what they are called, and their units.
const LINES: [(&str, &str, &str); 21] = [
    ("step", "step", ""),
    ("growth_events", "growth events", ""),
    ("pot_min_mV", "smallest potential", "mV"),
    ("pot_max_mV", "largest potential", "mV"),
    ("pot_mean_mV", "mean potential", "mV"),
    ("pot_std_mV", "standard deviation", "mV"),
    ("fractal_dimension", "fractal dimension", ""),
    ("lacunarity", "lacunarity", ""),
    ("hurst_exponent", "Hurst exponent", ""),
    ("spectral_energy_mean", "spectral energy, mean", "mV²"),
    ("spectral_energy_std", "spectral energy, std. deviation", "mV²"),
    ("active_nodes", "active nodes", ""),
    ("edge_density", "edge density", ""),
    ("clustering_coefficient", "clustering coefficient", ""),
    ("loss_start", "loss of the first batch", ""),
    ("loss_final", "loss of the last batch", ""),
    ("loss_drop", "drop of the loss", ""),
    ("example_fractal_dim", "example: fractal dimension", ""),
    ("lyapunov_exponent", "Lyapunov exponent", ""),
    ("nernst_symbolic_mV", "Nernst potential, symbolic", "mV"),
    ("nernst_numeric_mV", "Nernst potential, numeric", "mV"),
];

/// The one that holds a `PotentialField`.
const FIELD: &str = "field";

/// What an answer says of its call, and not of what was computed.
const OF_THE_CALL: [&str; 2] = ["request_id", "meta"];

/// What a server has answered.
pub(super) struct Answer(DynamicMessage);

impl Answer {
    /// Of a message, which `descriptor` describes.
    pub(super) fn new(descriptor: MessageDescriptor, message: &impl Message) -> Self {
        let mut answer = DynamicMessage::new(descriptor);
        // Both are of one proto, so nothing of it is lost.
        answer.transcode_from(message).ok();
        Self(answer)
    }

    /// The number of a field, `None` where the answer has no such one.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match *self.0.get_field_by_name(name)? {
            Value::I32(number) => Some(number.into()),
            Value::F64(number) => Some(number),
            _ => None,
        }
    }

    /// Its numbers, below a title.
    pub(super) fn report(&self, title: String) -> Report {
        let lines = LINES.iter().filter_map(|&(name, called, unit)| {
            self.number(name).map(|number| (self.called(name, called), number, unit))
        });
        lines.fold(Report::new(title), |report, (called, number, unit)| {
            report.line(called, number, unit)
        })
    }

    /// What a person is to call a field. A validation's growth events are those of its example.
    fn called(&self, name: &str, called: &'static str) -> &'static str {
        let is_validation = self.0.descriptor().name() == "ValidationResult";
        if is_validation && name == "growth_events" { "example: growth events" } else { called }
    }

    /// Prints what was `asked` and what was answered as one line of JSON, zeros included.
    ///
    /// # Errors
    /// Standard output cannot be written to.
    pub(super) fn print_json(&self, asked: &Fields, with_field: bool) -> io::Result<()> {
        let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
        let object = self.0.serialize_with_options(serde_json::value::Serializer, &options)?;
        let (mut result, mut call) = (Fields::default(), Fields::default());
        // In the order of the wire, and sorted within a map, so that one answer is one text.
        for field in self.0.descriptor().fields() {
            let name = field.name();
            let Some(value) = object.get(name).filter(|_| with_field || name != FIELD) else {
                continue;
            };
            let part = if OF_THE_CALL.contains(&name) { &mut call } else { &mut result };
            part.0.push((name.to_owned(), value.clone()));
        }
        let line = json::Answer { request: asked, result, call: Some(call) }.line()?;
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.flush()
    }

    /// The field as a heat map.
    ///
    /// # Errors
    /// The answer has no field, or one that is not square.
    pub(super) fn draw(&self, subtitle: &str, look: &Look) -> Result<Canvas, Failure> {
        let (size, values) = self.field().ok_or_else(|| {
            Failure::Work("the server has sent no field that could be drawn".to_owned())
        })?;
        let map = HeatMap {
            field_mv: &values,
            size,
            title: FIELD_TITLE,
            subtitle,
            scale: look.scale_for(&values),
            colours: look.colour_map(),
            magnification: look.magnification(),
        };
        Ok(map.draw())
    }

    fn field(&self) -> Option<(usize, Vec<f64>)> {
        let field = self.0.get_field_by_name(FIELD)?;
        let field = Self(field.as_message()?.clone());
        let size = field.number("grid_size")? as usize;
        let values = field.0.get_field_by_name("values_mV")?;
        let values: Vec<f64> = values.as_list()?.iter().filter_map(Value::as_f64).collect();
        (size > 0 && size.checked_mul(size) == Some(values.len())).then_some((size, values))
    }
}
