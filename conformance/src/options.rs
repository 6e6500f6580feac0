//! What is tested and how, by flag or variable.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use conformance_wire::Endpoint;

use crate::case::Profile;
use crate::draws::{DEFAULT_COUNT, Draws};
use crate::run::{KnownFailing, Pattern, Selection, TESTS_AT_ONCE};
use crate::server::Spawn;
use crate::servers::{Address, Target};

/// Longest list of known failures, in bytes.
const MAX_LIST_BYTES: u64 = 1 << 20;
/// Longest timeout, in seconds.
const MAX_SECONDS: u64 = 600;
/// Most tests at once.
const MAX_JOBS: u64 = 1000;
/// Most requests by chance, of each method.
const MAX_DRAWS: u64 = 100_000;

/// What is tested, and how.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Server that runs: http://HOST:PORT, or https://HOST:PORT with --ca
    #[arg(long, env = "MFN_CONFORMANCE_TARGET", value_name = "URI", conflicts_with = "spawn")]
    pub target: Option<String>,

    /// Command that starts a server; it is told its port, keys and more by the variables of
    /// spec/configuration.md, as often as the cases need
    #[arg(long, env = "MFN_CONFORMANCE_SPAWN", value_name = "COMMAND")]
    pub spawn: Option<String>,

    /// Keys that the target knows, with commas between them
    #[arg(long, env = "MFN_CONFORMANCE_API_KEY", hide_env_values = true, value_name = "KEYS")]
    pub api_key: Option<String>,

    /// PEM file of the authority that the target's certificate is from
    #[arg(long, env = "MFN_CONFORMANCE_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// Only the tests of this profile; may be given several times, or with commas
    #[arg(
        long = "profile",
        env = "MFN_CONFORMANCE_PROFILES",
        value_name = "PROFILE",
        value_delimiter = ','
    )]
    pub profiles: Vec<Profile>,

    /// Only tests whose name this pattern matches; `*` is any text; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub run: Vec<Pattern>,

    /// No test whose name this pattern matches; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub skip: Vec<Pattern>,

    /// File of tests that are known to fail: a pattern a line, and `# why`; they are run, and a
    /// line that matches nothing, or a test that passes, fails the run
    #[arg(long, env = "MFN_CONFORMANCE_KNOWN_FAILING", value_name = "FILE")]
    pub known_failing: Option<PathBuf>,

    /// Seconds to wait for an answer, 1 to 600
    #[arg(
        long,
        env = "MFN_CONFORMANCE_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS)
    )]
    pub timeout: u64,

    /// Seconds to wait for the server at --target until it answers, 0 to 600
    #[arg(
        long,
        env = "MFN_CONFORMANCE_READY_WITHIN",
        value_name = "SECONDS",
        default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(0..=MAX_SECONDS)
    )]
    pub ready_within: u64,

    /// Tests at once, 1 to 1000; one by one disturbs a slow server least
    #[arg(
        long,
        env = "MFN_CONFORMANCE_JOBS",
        value_name = "N",
        default_value_t = TESTS_AT_ONCE as u64,
        value_parser = clap::value_parser!(u64).range(1..=MAX_JOBS)
    )]
    pub jobs: u64,

    /// Seconds that a spawned server may take until it listens, or has refused to start, 1
    /// to 600
    #[arg(
        long,
        env = "MFN_CONFORMANCE_START_WITHIN",
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=MAX_SECONDS)
    )]
    pub start_within: u64,

    /// Keep what spawned servers write, in this folder: NUMBER-SETUP.stdout and .stderr
    #[arg(long, env = "MFN_CONFORMANCE_SERVER_LOG", value_name = "DIR", conflicts_with = "target")]
    pub server_log: Option<PathBuf>,

    /// Leave the spawned servers that tests share running after the run, and say where they are
    #[arg(long, conflicts_with = "target")]
    pub keep_running: bool,

    /// Number that decides all choices by chance, to make those of another run again; by
    /// default each run has its own, and reports it
    #[arg(long, env = "MFN_CONFORMANCE_SEED", value_name = "NUMBER")]
    pub seed: Option<u64>,

    /// Requests by chance of each method, beside the golden ones, 1 to 100000
    #[arg(
        long,
        env = "MFN_CONFORMANCE_DRAWS",
        value_name = "COUNT",
        default_value_t = DEFAULT_COUNT as u64,
        value_parser = clap::value_parser!(u64).range(1..=MAX_DRAWS)
    )]
    pub draws: u64,
}

impl Options {
    /// What is tested; `None` if neither an address nor a command is given.
    ///
    /// # Errors
    /// The address or the file of the authority cannot be used: why.
    pub fn target(&self) -> Result<Option<Target>, String> {
        if let Some(command) = &self.spawn {
            let start_within = Duration::from_secs(self.start_within);
            let spawn = Spawn::new(vec![command.clone()], start_within);
            return self.spawning(spawn).map(Target::Spawn).map(Some);
        }
        let Some(uri) = &self.target else { return Ok(None) };
        let endpoint = Endpoint::parse(uri, self.ca.as_deref()).map_err(|bad| bad.to_string())?;
        Ok(Some(Target::Address(Address::new(endpoint, self.api_key.as_deref()))))
    }

    /// The same command, with what becomes of its servers and of what they write.
    ///
    /// # Errors
    /// The folder of the logs cannot be made: why.
    pub fn spawning(&self, spawn: Spawn) -> Result<Spawn, String> {
        if let Some(folder) = &self.server_log {
            fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make '{}': {error}", folder.display()))?;
        }
        let (log_folder, keep_running) = (self.server_log.clone(), self.keep_running);
        Ok(Spawn { log_folder, keep_running, ..spawn })
    }

    /// How long to wait for an answer.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// How long to wait for a server that runs until it answers.
    #[must_use]
    pub fn ready_within(&self) -> Duration {
        Duration::from_secs(self.ready_within)
    }

    /// Tests at once.
    #[must_use]
    pub fn jobs(&self) -> usize {
        // At most `MAX_JOBS`.
        self.jobs as usize
    }

    /// What is chosen by chance.
    #[must_use]
    pub fn draws(&self) -> Draws {
        Draws::new(self.seed.unwrap_or_else(|| fastrand::u32(..).into()), self.draws as usize)
    }

    /// Which tests are run.
    #[must_use]
    pub fn selection(&self) -> Selection {
        let Self { profiles, run, skip, .. } = self;
        Selection { profiles: profiles.clone(), run: run.clone(), skip: skip.clone() }
    }

    /// The list of known failures; an empty one if there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is no such list: which, and why.
    pub fn known_failing(&self) -> Result<KnownFailing, String> {
        let Some(path) = &self.known_failing else { return Ok(KnownFailing::default()) };
        let bad = |why: String| format!("the list of known failures, '{}', {why}", path.display());
        let text = read(path).map_err(|error| bad(format!("cannot be read: {error}")))?;
        KnownFailing::parse(&text).map_err(|error| bad(format!("is none: {error}")))
    }
}

fn read(path: &Path) -> Result<String, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MAX_LIST_BYTES {
        return Err(format!("it has {length} bytes, and {MAX_LIST_BYTES} are allowed"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}
