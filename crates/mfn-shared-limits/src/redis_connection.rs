//! A connection by Redis's protocol.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, ServerErrorKind, Value};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::address::Address;
use crate::command::{Admit, Command, LEASE, Reply};
use crate::connection::{BrokenConnection, Connect, ConnectError, Connection};
use crate::names::{CallId, MEMORY};
use crate::scripts::Scripts;

/// How long it may take to connect, with TLS and the password.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// What the name of a store's run stands behind, in what it tells of itself.
const RUN: &str = "run_id:";

/// Connects to the store at an address.
pub(crate) struct RedisConnect {
    pub(crate) address: Address,
    /// None without TLS.
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
    pub(crate) scripts: Scripts,
}

impl Connect for RedisConnect {
    type Connection = RedisConnection;

    async fn connect(&self) -> Result<RedisConnection, ConnectError> {
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, self.open()).await;
        connected.unwrap_or_else(|_| {
            Err(ConnectError(format!("it did not answer within {CONNECT_TIMEOUT:?}")))
        })
    }
}

impl RedisConnect {
    async fn open(&self) -> Result<RedisConnection, ConnectError> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(|error| ConnectError::new("it cannot be reached", error))?;
        // Each question waits for its answer.
        stream.set_nodelay(true).ok();
        let Some(tls) = &self.tls else { return self.log_in(stream).await };
        let name = ServerName::try_from(host.clone())
            .map_err(|error| ConnectError::new("its certificate cannot be checked", error))?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
        let stream = stream.map_err(|error| ConnectError::new("TLS failed", error))?;
        self.log_in(stream).await
    }

    async fn log_in<S>(&self, stream: S) -> Result<RedisConnection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Address { database, user, password, .. } = &self.address;
        let mut login = RedisConnectionInfo::default().set_db(*database).set_skip_set_lib_name();
        if let Some(user) = user {
            login = login.set_username(user);
        }
        if let Some(password) = password {
            login = login.set_password(password);
        }
        // Whoever sends has a limit of time for it.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let opened = MultiplexedConnection::new_with_config(&login, stream, config).await;
        let (connection, driver) = opened.map_err(|error| refused(&error))?;
        tokio::spawn(driver);
        self.greet(connection).await
    }

    async fn greet(
        &self,
        mut connection: MultiplexedConnection,
    ) -> Result<RedisConnection, ConnectError> {
        let scripts = [&self.scripts.admit, &self.scripts.renew];
        let mut hashes = Vec::new();
        for script in scripts {
            let load = Cmd::new().arg("SCRIPT").arg("LOAD").arg(script).to_owned();
            let hash = asked(&mut connection, &load).await?;
            hashes.push(text(&hash).ok_or_else(|| ConnectError(UNEXPECTED.to_owned()))?);
        }
        let info = Cmd::new().arg("INFO").arg("server").to_owned();
        let run = asked(&mut connection, &info).await.ok().as_ref().and_then(text);
        let run = run.as_deref().map(run_id).unwrap_or_default();
        let mut greet = Cmd::new();
        greet.arg("EVAL").arg(&self.scripts.greet).arg(1).arg(MEMORY).arg(run);
        asked(&mut connection, &greet).await?;
        let [admit, renew] = hashes.try_into().unwrap_or_default();
        Ok(RedisConnection {
            connection,
            scripts: Arc::new(LoadedScripts { text: self.scripts.clone(), admit, renew }),
        })
    }
}

const UNEXPECTED: &str = "it answered with something that Redis does not";

/// What the store says in place of what was asked.
fn refused(error: &RedisError) -> ConnectError {
    ConnectError::new("it refused", error)
}

async fn asked(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
) -> Result<Value, ConnectError> {
    let value = connection.req_packed_command(command).await;
    value.and_then(Value::extract_error).map_err(|error| refused(&error))
}

/// What names this run of the store, in what it tells of itself. One that does not tell
/// is taken for the one that it was before.
fn run_id(info: &str) -> &str {
    info.lines().find_map(|line| line.strip_prefix(RUN)).unwrap_or_default().trim()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes.clone()).ok(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.clone()),
        _ => None,
    }
}

/// The scripts, and what the store calls them.
struct LoadedScripts {
    text: Scripts,
    admit: String,
    renew: String,
}

/// See the module.
pub(crate) struct RedisConnection {
    connection: MultiplexedConnection,
    scripts: Arc<LoadedScripts>,
}

impl Connection for RedisConnection {
    fn send(
        &mut self,
        commands: &[Command],
    ) -> impl Future<Output = Result<Vec<Reply>, BrokenConnection>> + Send + 'static {
        let mut connection = self.connection.clone();
        let scripts = Arc::clone(&self.scripts);
        let pipeline = pipeline(commands.iter().map(|command| scripts.by_hash(command)));
        let commands = commands.to_vec();
        async move {
            let mut values = sent(&mut connection, &pipeline).await?;
            // A store that was told to forget all scripts forgets them all.
            let unknown: Vec<_> =
                (0..values.len()).filter(|index| is_no_script(&values[*index])).collect();
            if !unknown.is_empty() {
                let by_text = unknown.iter().map(|index| scripts.by_text(&commands[*index]));
                let again = sent(&mut connection, &self::pipeline(by_text)).await?;
                for (index, value) in unknown.into_iter().zip(again) {
                    values[index] = value;
                }
            }
            Ok(values.iter().map(reply).collect())
        }
    }
}

fn pipeline(commands: impl Iterator<Item = Cmd>) -> redis::Pipeline {
    let mut pipeline = redis::Pipeline::new();
    for command in commands {
        pipeline.add_command(command);
    }
    pipeline
}

async fn sent(
    connection: &mut MultiplexedConnection,
    pipeline: &redis::Pipeline,
) -> Result<Vec<Value>, BrokenConnection> {
    let values = connection.send_packed_commands(pipeline, 0, pipeline.len()).await;
    let values = values.map_err(|error| BrokenConnection(error.to_string()))?;
    if values.len() == pipeline.len() {
        Ok(values)
    } else {
        Err(BrokenConnection(UNEXPECTED.to_owned()))
    }
}

fn is_no_script(value: &Value) -> bool {
    matches!(value, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}

impl LoadedScripts {
    fn by_hash(&self, command: &Command) -> Cmd {
        written(command, "EVALSHA", [&self.admit, &self.renew])
    }

    /// The store knows the script from then on.
    fn by_text(&self, command: &Command) -> Cmd {
        written(command, "EVAL", [&self.text.admit, &self.text.renew])
    }
}

fn written(command: &Command, eval: &str, [admit, renew]: [&str; 2]) -> Cmd {
    let mut written = Cmd::new();
    match command {
        Command::Admit(call) => {
            written.arg(eval).arg(admit);
            write_call(&mut written, call);
        }
        Command::Renew { key, calls } => {
            written.arg(eval).arg(renew).arg(1).arg(key.open_calls()).arg(lease());
            write_ids(&mut written, calls);
        }
        Command::Release { key, calls } => {
            written.arg("ZREM").arg(key.open_calls());
            write_ids(&mut written, calls);
        }
        Command::Ping => {
            written.arg("PING");
        }
    }
    written
}

fn write_call(written: &mut Cmd, call: &Admit) {
    let Admit { key, rps, concurrent, call, once } = call;
    let signature = once.map_or_else(String::new, |once| key.signature(once.digest));
    let signed = once.map_or(0, |once| once.timestamp.as_micros());
    let remembered = once.map_or(0, |once| once.lasts.as_millis() as u64 + 1);
    written.arg(4).arg(key.admissions()).arg(key.open_calls()).arg(signature).arg(MEMORY);
    written.arg(*rps).arg(*concurrent).arg(&call.0).arg(lease()).arg(signed).arg(remembered);
}

fn write_ids(written: &mut Cmd, calls: &[CallId]) {
    for call in calls {
        written.arg(&call.0);
    }
}

fn lease() -> u64 {
    LEASE.as_micros() as u64
}

/// What the scripts return is a list that begins with a number.
fn reply(value: &Value) -> Reply {
    match value {
        Value::Array(values) => match values.as_slice() {
            [Value::Int(0)] => Reply::Done,
            [Value::Int(1)] => Reply::ConcurrencyExceeded,
            [Value::Int(2)] => Reply::SignatureUsed,
            [Value::Int(3)] => Reply::SignatureTooOld,
            [Value::Int(4), Value::Int(micros @ 1..)] => {
                Reply::RateExceeded { wait: Duration::from_micros(*micros as u64) }
            }
            _ => Reply::Failed(UNEXPECTED.to_owned()),
        },
        // Of commands that are no scripts.
        Value::Int(_) | Value::SimpleString(_) | Value::Okay => Reply::Done,
        Value::ServerError(error) => Reply::Failed(error.to_string()),
        _ => Reply::Failed(UNEXPECTED.to_owned()),
    }
}
