//! `mfn call`: what any server of MFN answers.

mod answer;
mod live;
mod method;
mod parameters;

use std::future::Future;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use clap::Args;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use mfn_client::{Client, Error};
use mfn_core::SimulationSettings;
use mfn_output::STANDARD_OUTPUT;
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};

use crate::commands::connection::Connection;
use crate::commands::{refusal, runtime};
use crate::failure::Failure;
use crate::picture::{About, FIELD_TITLE, Look, PNG, png};
use crate::result_file::ResultFiles;
use answer::Answer;
use live::Live;
use method::{Kind, Method};
use parameters::Parameters;

/// What a call gives, one after the other.
type Answers = Pin<Box<dyn Stream<Item = Result<Answer, Error>>>>;

/// Call a method of a server, and print its answer
#[derive(Debug, Args)]
#[command(after_help = "\
A unary answer is a report, or one line of JSON with --json. A stream is shown live on a terminal,
and is one line of JSON a frame elsewhere, or with --json.

The exit code is 0 if the call has succeeded, 1 if the server refuses its parameters or the answer
cannot be written, 2 if the command line is wrong, 3 if no server can be reached, 4 if the key is
missing, wrong, or may not call this, 5 if a limit is exceeded, 6 if it takes too long, and 7 if the
server fails otherwise.

Examples:
  mfn call RunSimulation --seed 42
  mfn call RunSimulation --seed 42 --png field.png
  mfn call StreamFeatures --steps 1000 | jq .result.hurst_exponent
  mfn call ValidatePattern --data '{\"seed\": 42, \"epochs\": 5}' --json
  MFN_API_KEY=a-key mfn call RunSimulation --target https://mfn.example.com:50051 --ca ca.pem")]
pub(crate) struct Call {
    #[arg(value_parser = Method::parse, help = "\
RunSimulation, StreamSimulation, ExtractFeatures, StreamFeatures or ValidatePattern; its service may \
stand before it, as in mfn.MFNSimulationService/RunSimulation")]
    method: Method,

    /// Server to call: HOST:PORT, http://HOST:PORT or https://HOST:PORT. Given several times,
    /// another is asked where one cannot be reached
    #[arg(long, value_name = "URL", default_value = "localhost:50051", help_heading = "Server")]
    target: Vec<String>,

    #[command(flatten)]
    connection: Connection,

    #[command(flatten)]
    parameters: Parameters,

    /// Print every answer as one line of JSON with its request, with the wire's field names
    #[arg(long, help_heading = "Output")]
    json: bool,

    /// Draw the field, of a stream that of its last frame, as a heat map to this PNG file; if it
    /// is '-', to standard output, and print the report to standard error
    #[arg(long, help_heading = "Pictures", value_name = "FILE")]
    png: Option<PathBuf>,

    #[command(flatten)]
    look: Look,
}

impl Call {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut request = self.parameters.request(&self.method)?;
        let keeps_field = is_on(&request, "include_field");
        if self.png.is_some() {
            ask_for_field(&mut request, &self.method)?;
        }
        let json = self.json || (self.method.is_stream() && self.is_in_a_pipe());
        let mut files = ResultFiles::beside(json);
        let file = files.open(PNG, self.png.as_deref())?;
        self.look.needs_picture(file.is_some(), "--png")?;
        let title = self.title(&request);

        let last = self.last_answer(&request, json, keeps_field)?;
        if let Some(file) = file {
            let about = About {
                title: FIELD_TITLE.to_owned(),
                description: title.clone(),
                parameters: parameters::asked(&request).to_string(),
            };
            file.write(&png(&last.draw(&title, &self.look)?, &about))?;
        }
        if !json {
            last.report(title).print(files.text())?;
        }
        Ok(())
    }

    /// Whether standard output takes frames that a program reads.
    fn is_in_a_pipe(&self) -> bool {
        let takes_picture = self.png.as_deref() == Some(Path::new(STANDARD_OUTPUT));
        !takes_picture && !io::stdout().is_terminal()
    }

    /// Makes the call, prints its answers if they are to be `json`, and gives the last one.
    fn last_answer(
        &self,
        request: &DynamicMessage,
        json: bool,
        keeps_field: bool,
    ) -> Result<Answer, Failure> {
        let asked = parameters::asked(request);
        let live = Live::new(steps(request), !json && self.method.is_stream());
        runtime()?.block_on(async {
            let client = self.connection.client(&self.target)?;
            let mut answers = answers(&client, &self.method, request);
            let mut last = None;
            while let Some(answer) = answers.next().await {
                let answer = answer.map_err(|error| refusal::of(&error))?;
                live.show(&answer);
                if json {
                    answer.print_json(&asked, keeps_field)?;
                }
                last = Some(answer);
            }
            last.ok_or_else(|| Failure::Work("the server has sent no frame".to_owned()))
        })
    }

    /// What is called, where, and by which parameters; those that are not named have the
    /// server's defaults.
    fn title(&self, request: &DynamicMessage) -> String {
        let given = request.fields().filter(|(field, _)| field.name() != "include_field");
        let given = given.map(|(field, value)| format!(", {} {value}", field.name()));
        let (name, targets) = (self.method.name(), self.target.join(", "));
        format!("{name} at {targets}{}", given.collect::<String>())
    }
}

/// The answer, or the frames.
fn answers(client: &Client, method: &Method, request: &DynamicMessage) -> Answers {
    let answer = method.answer();
    let client = client.clone();
    match method.kind() {
        Kind::RunSimulation => {
            let request = typed(request);
            one(answer, async move { client.run_simulation(request).await })
        }
        Kind::ExtractFeatures => {
            let request = typed(request);
            one(answer, async move { client.extract_features(request).await })
        }
        Kind::ValidatePattern => {
            let request = typed(request);
            one(answer, async move { client.validate_pattern(request).await })
        }
        Kind::StreamSimulation => many(answer, client.stream_simulation(typed(request))),
        Kind::StreamFeatures => many(answer, client.stream_features(typed(request))),
    }
}

fn one<A: Message + 'static>(
    descriptor: MessageDescriptor,
    call: impl Future<Output = Result<A, Error>> + 'static,
) -> Answers {
    many(descriptor, stream::once(call))
}

fn many<A: Message + 'static>(
    descriptor: MessageDescriptor,
    frames: impl Stream<Item = Result<A, Error>> + 'static,
) -> Answers {
    Box::pin(frames.map_ok(move |frame| Answer::new(descriptor.clone(), &frame)))
}

/// The request in the type that its call takes. Both are of one proto.
fn typed<M: Message + Default>(request: &DynamicMessage) -> M {
    request.transcode_to().unwrap_or_default()
}

/// # Errors
/// The method has no fields to ask for.
fn ask_for_field(request: &mut DynamicMessage, method: &Method) -> Result<(), Failure> {
    let Some(field) = method.request().get_field_by_name("include_field") else {
        return Err(Failure::Usage(format!(
            "--png draws the field of a simulation, and {} has none: call RunSimulation or \
             StreamSimulation",
            method.name()
        )));
    };
    request.set_field(&field, Value::Bool(true));
    Ok(())
}

fn is_on(request: &DynamicMessage, name: &str) -> bool {
    request.get_field_by_name(name).is_some_and(|value| *value == Value::Bool(true))
}

/// How many steps a simulation has: the default ones if the request leaves them out.
fn steps(request: &DynamicMessage) -> u64 {
    let steps = request.get_field_by_name("steps").and_then(|value| value.as_i32());
    steps.filter(|&steps| steps > 0).unwrap_or_else(|| SimulationSettings::default().steps) as u64
}
