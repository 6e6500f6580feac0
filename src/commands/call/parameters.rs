//! A request's parameters, by flag and by JSON.

use clap::Args;
use mfn_core::{SimulationSettings, ValidationSettings};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::method::Method;
use crate::failure::Failure;
use crate::flags::{integer, number};
use crate::json::Fields;

/// Steps between two frames whose request leaves them out.
const DEFAULT_STREAM_INTERVAL: i32 = 10;

/// The fields of all requests. The server knows what is allowed, and what is meant if one is
/// left out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parameters")]
pub(super) struct Parameters {
    /// The whole request as JSON, names as on the wire or in lowerCamelCase; flags are set on top
    #[arg(long, value_name = "JSON")]
    data: Option<String>,

    /// Name of the call, which the answer and the server's audit have too
    #[arg(long, value_name = "TEXT")]
    request_id: Option<String>,

    /// Seed of all random words: -2147483648 to 2147483647
    #[arg(long, value_name = "INTEGER", allow_negative_numbers = true, value_parser = integer)]
    seed: Option<i32>,

    /// Cells along one edge of the lattice: 4 to 1024
    #[arg(long, value_name = "CELLS", allow_negative_numbers = true, value_parser = integer)]
    grid_size: Option<i32>,

    /// Steps to simulate: 1 to 10000
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true, value_parser = integer)]
    steps: Option<i32>,

    /// Steps between two frames of a stream: 1 to 10000
    #[arg(long, value_name = "STEPS", allow_negative_numbers = true, value_parser = integer)]
    stream_interval: Option<i32>,

    /// Diffusion coefficient: 0.05 to below 0.25
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    alpha: Option<f64>,

    /// Probability of a growth event in a step: 0 to 1
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = number)]
    spike_probability: Option<f64>,

    /// Let the activator and inhibitor lattices act on the potential
    #[arg(long)]
    turing_enabled: bool,

    /// Have the potential of every cell in the answer
    #[arg(long)]
    include_field: bool,

    /// Passes of a validation over its data set: 1 to 100
    #[arg(long, value_name = "EPOCHS", allow_negative_numbers = true, value_parser = integer)]
    epochs: Option<i32>,

    /// Samples in a batch of a validation: 1 to 64
    #[arg(long, value_name = "SAMPLES", allow_negative_numbers = true, value_parser = integer)]
    batch_size: Option<i32>,

    /// Add Gaussian noise to every cell at every step of a validation
    #[arg(long)]
    quantum_jitter: bool,
}

impl Parameters {
    /// The request of a `method`.
    ///
    /// # Errors
    /// The JSON is none of its requests, or it has no such parameter.
    pub(super) fn request(&self, method: &Method) -> Result<DynamicMessage, Failure> {
        let mut request = match &self.data {
            Some(json) => from_json(json, method)?,
            None => DynamicMessage::new(method.request()),
        };
        for (name, value) in self.given() {
            let field = method.request().get_field_by_name(name);
            let field = field.ok_or_else(|| unknown(name, method))?;
            request.set_field(&field, value);
        }
        Ok(request)
    }

    /// What was given by flag.
    fn given(&self) -> Vec<(&'static str, Value)> {
        let text = |value: &Option<String>| value.clone().map(Value::String);
        let integer = |value: Option<i32>| value.map(Value::I32);
        let number = |value: Option<f64>| value.map(Value::F64);
        let on = |value: bool| value.then_some(Value::Bool(true));
        let all = [
            ("request_id", text(&self.request_id)),
            ("seed", integer(self.seed)),
            ("grid_size", integer(self.grid_size)),
            ("steps", integer(self.steps)),
            ("stream_interval", integer(self.stream_interval)),
            ("alpha", number(self.alpha)),
            ("spike_probability", number(self.spike_probability)),
            ("turing_enabled", on(self.turing_enabled)),
            ("include_field", on(self.include_field)),
            ("epochs", integer(self.epochs)),
            ("batch_size", integer(self.batch_size)),
            ("quantum_jitter", on(self.quantum_jitter)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// What a `request` asks for, with what is meant by the fields that it leaves out: the same
/// as is said of what is computed without a server.
pub(super) fn asked(request: &DynamicMessage) -> Fields {
    let fields = request.descriptor();
    fields.fields().fold(Fields::default(), |asked, field| {
        let name = field.name();
        let value = if request.has_field(&field) {
            Some(request.get_field(&field).into_owned())
        } else {
            default(name)
        };
        match value {
            Some(Value::I32(number)) => asked.with(name, number),
            Some(Value::F64(number)) => asked.with(name, number),
            Some(Value::Bool(is_on)) if name != "include_field" => asked.with(name, is_on),
            // It names the call, and tells nothing of what is asked for.
            _ => asked,
        }
    })
}

/// What the wire means by a parameter that is left out.
fn default(name: &str) -> Option<Value> {
    let (simulation, validation) = (SimulationSettings::default(), ValidationSettings::default());
    Some(match name {
        "seed" => Value::I32(0),
        "grid_size" => Value::I32(simulation.grid_size),
        "steps" => Value::I32(simulation.steps),
        "stream_interval" => Value::I32(DEFAULT_STREAM_INTERVAL),
        "alpha" => Value::F64(simulation.alpha),
        "spike_probability" => Value::F64(simulation.spike_probability),
        "epochs" => Value::I32(validation.epochs),
        "batch_size" => Value::I32(validation.batch_size),
        "turing_enabled" | "quantum_jitter" => Value::Bool(false),
        _ => return None,
    })
}

fn from_json(json: &str, method: &Method) -> Result<DynamicMessage, Failure> {
    let bad = |error: serde_json::Error| {
        let request = method.request();
        Failure::Usage(format!("--data is no {} in JSON: {error}", request.name()))
    };
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let request = DynamicMessage::deserialize(method.request(), &mut deserializer).map_err(bad)?;
    deserializer.end().map_err(bad)?;
    Ok(request)
}

fn unknown(name: &str, method: &Method) -> Failure {
    let flag = |name: &str| format!("--{}", name.replace('_', "-"));
    let flags: Vec<_> = method.request().fields().map(|field| flag(field.name())).collect();
    Failure::Usage(format!(
        "{} is no parameter of {}; these are {}",
        flag(name),
        method.name(),
        flags.join(", ")
    ))
}
