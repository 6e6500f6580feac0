//! The messages that the reference answers a call with.
//!
//! The mathematics is `mfn_core::reference`, which is plain code. Every other
//! implementation can be put in its place as a [`Core`].

mod plain;

use mfn_core::{
    FrameInterval, SimulationParams, SimulationSettings, Summary, Validation, ValidationParams,
    ValidationSettings,
};
use serde_json::{Map, Value, json};
use tokio::task::spawn_blocking;

use crate::case::Call;
use crate::golden::GoldenAnswer;

pub use plain::Plain;

/// The fields of a message, by their names in the proto.
pub type Fields = Map<String, Value>;

/// An implementation of the specification.
pub trait Core {
    /// The state before the first step.
    fn start(params: SimulationParams) -> Self;
    /// Steps until so many are made.
    fn advance_to(&mut self, step: u32);
    /// What `RunSimulation` says of the state.
    fn summary(&self) -> Summary;
    /// What `ExtractFeatures` says of the state. What an implementation takes too long
    /// for may be left out.
    fn features(&self) -> Fields;
    /// Potentials in mV, row-major.
    fn field_mv(&self) -> Vec<f64>;
    /// What `ValidatePattern` answers.
    fn validation(params: ValidationParams) -> Validation;
}

/// The messages of the answer, with the names of the proto, and without what says
/// no more than that this is the answer.
///
/// # Panics
/// The call is not one that a server answers with numbers.
#[must_use]
pub fn messages<C: Core>(call: &Call) -> Vec<Fields> {
    let request = Request(call.request.as_ref());
    match call.method.as_str() {
        "mfn.MFNSimulationService/RunSimulation" => vec![summary(&end::<C>(&request), &request)],
        "mfn.MFNSimulationService/StreamSimulation" => frames::<C>(&request, summary),
        "mfn.MFNFeaturesService/ExtractFeatures" => vec![end::<C>(&request).features()],
        "mfn.MFNFeaturesService/StreamFeatures" => {
            frames::<C>(&request, |simulation, _| simulation.features())
        }
        "mfn.MFNValidationService/ValidatePattern" => vec![validation::<C>(&request)],
        other => panic!("{other} answers no numbers"),
    }
}

/// The same as what a server's answer is compared with, by the plain code.
#[must_use]
pub fn golden(call: &Call) -> GoldenAnswer {
    GoldenAnswer { messages: messages::<Plain>(call) }
}

/// What `work` comes to, which takes so long that others must not wait for it.
pub async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The state after the last step.
fn end<C: Core>(request: &Request<'_>) -> C {
    let params = request.simulation();
    let mut simulation = C::start(params);
    simulation.advance_to(params.steps());
    simulation
}

/// A frame is what the unary call says, with its place in the stream.
fn frames<C: Core>(request: &Request<'_>, look: fn(&C, &Request<'_>) -> Fields) -> Vec<Fields> {
    let params = request.simulation();
    let interval = request.integer("stream_interval", 10);
    let interval = FrameInterval::try_from(interval).expect("an admissible interval");
    let mut simulation = C::start(params);
    let mut frames = Vec::new();
    for step in interval.frames(params.steps()) {
        simulation.advance_to(step);
        let mut frame = look(&simulation, request);
        frame.insert("step".to_owned(), step.into());
        frame.insert("is_final".to_owned(), (step == params.steps()).into());
        frames.push(frame);
    }
    frames
}

fn summary<C: Core>(simulation: &C, request: &Request<'_>) -> Fields {
    let of = simulation.summary();
    let mut message = fields(json!({
        "growth_events": of.growth_events,
        "pot_min_mV": of.statistics.min_mv,
        "pot_max_mV": of.statistics.max_mv,
        "pot_mean_mV": of.statistics.mean_mv,
        "pot_std_mV": of.statistics.std_mv,
        "fractal_dimension": of.fractal_dimension,
    }));
    if request.flag("include_field") {
        let grid_size = request.simulation().grid_size();
        let field = json!({ "grid_size": grid_size, "values_mV": simulation.field_mv() });
        message.insert("field".to_owned(), field);
    }
    message
}

fn validation<C: Core>(request: &Request<'_>) -> Fields {
    let of = C::validation(request.validation());
    fields(json!({
        "loss_start": of.loss_start,
        "loss_final": of.loss_final,
        "loss_drop": of.loss_drop,
        "pot_min_mV": of.pot_min_mv,
        "pot_max_mV": of.pot_max_mv,
        "example_fractal_dim": of.example_fractal_dim,
        "lyapunov_exponent": of.lyapunov_exponent,
        "growth_events": f64::from(of.growth_events),
        "nernst_symbolic_mV": of.nernst_symbolic_mv,
        "nernst_numeric_mV": of.nernst_numeric_mv,
    }))
}

/// The fields of an object that was written as JSON.
#[must_use]
pub fn fields(message: Value) -> Fields {
    match message {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// A request with the defaults of the wire.
struct Request<'a>(Option<&'a Fields>);

impl Request<'_> {
    fn simulation(&self) -> SimulationParams {
        let settings = SimulationSettings {
            seed: self.integer("seed", 0).into(),
            grid_size: self.integer("grid_size", 64),
            steps: self.integer("steps", 64),
            alpha: self.number("alpha").filter(|&alpha| alpha != 0.0).unwrap_or(0.18),
            spike_probability: self.number("spike_probability").unwrap_or(0.25),
            turing_enabled: self.flag("turing_enabled"),
            quantum_jitter: false,
        };
        SimulationParams::try_from(settings).expect("an admissible request")
    }

    fn validation(&self) -> ValidationParams {
        let settings = ValidationSettings {
            seed: self.integer("seed", 0),
            epochs: self.integer("epochs", 1),
            batch_size: self.integer("batch_size", 4),
            grid_size: self.integer("grid_size", 64),
            steps: self.integer("steps", 64),
            turing_enabled: self.flag("turing_enabled"),
            quantum_jitter: self.flag("quantum_jitter"),
        };
        ValidationParams::try_from(settings).expect("an admissible request")
    }

    /// Absent and 0 mean the default.
    fn integer(&self, name: &str, default: i32) -> i32 {
        let number = self.get(name).map(|value| value.as_i64().expect("a whole number"));
        let number = number.map(|number| i32::try_from(number).expect("an int32"));
        number.filter(|&number| number != 0).unwrap_or(default)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name).map(|value| value.as_f64().expect("a number"))
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.as_bool().expect("a truth value"))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0?.get(name)
    }
}
