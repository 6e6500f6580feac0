//! A connection by Redis's protocol.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, Value};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::address::Address;
use crate::allowance::{Allowance, Allowed};
use crate::command::{Command, Reply};
use crate::connection::{BrokenConnection, Connect, ConnectError, Connection};
use crate::names::MEMORY;
use crate::redis_protocol::{Hashes, UNEXPECTED, reply, shown};
use crate::scripts::Scripts;

/// How long it may take to connect, with TLS and the password.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The words before the name of a store's run, in what it tells of itself.
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
        in_time(self.open()).await
    }
}

/// The connection, unless it takes too long.
async fn in_time(
    connecting: impl Future<Output = Result<RedisConnection, ConnectError>>,
) -> Result<RedisConnection, ConnectError> {
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
    connected.unwrap_or_else(|_| {
        Err(ConnectError(format!("it did not answer within {CONNECT_TIMEOUT:?}")))
    })
}

impl RedisConnect {
    /// Connects by `stream`, which is one to the store already.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) async fn connect_by<S>(&self, stream: S) -> Result<RedisConnection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        in_time(self.log_in(stream)).await
    }

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
        let allowance = Allowance::for_greetings();
        let stream = Allowed::new(stream, allowance.clone());
        let opened = MultiplexedConnection::new_with_config(&login, stream, config).await;
        let (connection, driver) = opened.map_err(|error| refused(&error))?;
        let mut task = JoinSet::new();
        task.spawn(driver);
        let (connection, hashes) = greeted(&self.scripts, connection).await?;
        Ok(RedisConnection { connection, hashes, allowance, _task: task })
    }
}

/// Begins to work with the store in two round trips.
async fn greeted(
    scripts: &Scripts,
    mut connection: MultiplexedConnection,
) -> Result<(MultiplexedConnection, Hashes), ConnectError> {
    let mut load = redis::Pipeline::new();
    for script in [&scripts.admit, &scripts.renew] {
        load.cmd("SCRIPT").arg("LOAD").arg(script);
    }
    load.cmd("INFO").arg("server");
    let loaded = sent(&mut connection, &load).await;
    let loaded = loaded.map_err(|BrokenConnection(why)| ConnectError(why))?;
    let [admit, renew, info] = <[Value; 3]>::try_from(loaded).map_err(|_| unexpected())?;
    let hash = |value: Value| {
        let value = value.extract_error().map_err(|error| refused(&error))?;
        text(&value).ok_or_else(unexpected)
    };
    let hashes = Hashes { admit: hash(admit)?, renew: hash(renew)? };
    let info = text(&info).unwrap_or_default();
    let mut greet = Cmd::new();
    greet.arg("EVAL").arg(&scripts.greet).arg(1).arg(MEMORY).arg(run_id(&info));
    let answer = connection.req_packed_command(&greet).await;
    answer.and_then(Value::extract_error).map_err(|error| refused(&error))?;
    Ok((connection, hashes))
}

fn unexpected() -> ConnectError {
    ConnectError(UNEXPECTED.to_owned())
}

/// The store has answered with an error.
fn refused(error: &RedisError) -> ConnectError {
    ConnectError::new("it refused", shown(error))
}

/// The name of this run of the store, in what it tells of itself. A store that does not tell
/// it is taken for the one that it was before.
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

/// See the module.
pub(crate) struct RedisConnection {
    connection: MultiplexedConnection,
    hashes: Hashes,
    /// What the store may still say.
    allowance: Allowance,
    /// Reads and writes. It ends with the connection, also where the store takes nothing.
    _task: JoinSet<()>,
}

impl Connection for RedisConnection {
    fn send(
        &mut self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Result<Vec<Reply>, BrokenConnection>> + Send + 'static {
        let mut connection = self.connection.clone();
        let mut pipeline = redis::Pipeline::with_capacity(commands.len());
        for command in &commands {
            pipeline.add_command(self.hashes.written(command));
        }
        self.allowance.is_asked(commands.len());
        async move {
            let values = sent(&mut connection, &pipeline).await?;
            Ok(commands.iter().zip(&values).map(|(command, value)| reply(command, value)).collect())
        }
    }
}

async fn sent(
    connection: &mut MultiplexedConnection,
    pipeline: &redis::Pipeline,
) -> Result<Vec<Value>, BrokenConnection> {
    let values = connection.send_packed_commands(pipeline, 0, pipeline.len()).await;
    let values = values.map_err(|error| BrokenConnection(shown(error)))?;
    if values.len() == pipeline.len() {
        Ok(values)
    } else {
        Err(BrokenConnection(UNEXPECTED.to_owned()))
    }
}
