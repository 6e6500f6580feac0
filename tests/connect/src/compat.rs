//! What the suite's runner asks of a server on standard input, and is told of it on
//! standard output: a message each, after four bytes of length.

use std::error::Error;
use std::future::Future;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mfn_server::{AuditLog, Config, Server, TlsFiles, WebSettings};
use mfn_web::Origins;
use prost::Message;
use tempfile::NamedTempFile;
use tokio::signal::unix::{SignalKind, signal};

use crate::proto::{DESCRIPTORS, ServerCompatRequest, ServerCompatResponse};
use crate::service::ConformanceService;

/// The longest request that is read: it has two certificates and a key at most.
const MAX_REQUEST_BYTES: u32 = 1 << 20;

/// What the server is to be.
pub(crate) fn read() -> Result<ServerCompatRequest, Box<dyn Error>> {
    let mut input = io::stdin().lock();
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_REQUEST_BYTES {
        return Err(format!("a request of {length} bytes, allowed are {MAX_REQUEST_BYTES}").into());
    }
    let mut request = vec![0; length as usize];
    input.read_exact(&mut request)?;
    Ok(ServerCompatRequest::decode(&*request)?)
}

/// The server that is asked for, which listens. It does not limit calls: the suite makes as
/// many as it can at once.
pub(crate) fn server(asked: &ServerCompatRequest) -> Result<Server, Box<dyn Error>> {
    let mut config = Config { port: 0, audit_log: AuditLog::Off, admin: None, ..Config::default() };
    config.limits.rps = 0;
    config.limits.concurrent = 0;
    config.web = Some(WebSettings { origins: Origins::none(), has_page: false });
    if asked.message_receive_limit > 0 {
        config.max_message_bytes = asked.message_receive_limit as usize;
    }
    let files = tls_files(asked)?;
    config.tls = files.as_ref().map(TlsPaths::config);
    let service = ConformanceService { max_message_bytes: config.max_message_bytes };
    // The files are read by now.
    Ok(Server::bind_with(config, &service, DESCRIPTORS)?)
}

/// Says where the server listens.
pub(crate) fn tell(address: SocketAddr, asked: &ServerCompatRequest) -> io::Result<()> {
    let certificate = asked.server_creds.as_ref().filter(|_| asked.use_tls);
    let response = ServerCompatResponse {
        host: address.ip().to_string(),
        port: address.port().into(),
        pem_cert: certificate.map_or_else(Vec::new, |certificate| certificate.cert.clone()),
    };
    let mut output = io::stdout().lock();
    output.write_all(&(response.encoded_len() as u32).to_be_bytes())?;
    output.write_all(&response.encode_to_vec())?;
    output.flush()
}

/// When the runner has the server end.
pub(crate) fn terminated() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        terminate.recv().await;
    })
}

/// Files of TLS, as long as this lives.
struct TlsPaths {
    certificate: NamedTempFile,
    key: NamedTempFile,
    client_ca: Option<NamedTempFile>,
}

impl TlsPaths {
    fn config(&self) -> TlsFiles {
        let path = |file: &NamedTempFile| file.path().to_owned();
        TlsFiles {
            certificates: path(&self.certificate),
            key: path(&self.key),
            client_roots: self.client_ca.as_ref().map(path),
        }
    }
}

fn tls_files(asked: &ServerCompatRequest) -> Result<Option<TlsPaths>, Box<dyn Error>> {
    if !asked.use_tls {
        return Ok(None);
    }
    let own = asked.server_creds.as_ref().ok_or("TLS is asked for without a certificate")?;
    let client_ca = Some(&asked.client_tls_cert).filter(|ca| !ca.is_empty());
    Ok(Some(TlsPaths {
        certificate: file(&own.cert)?,
        key: file(&own.key)?,
        client_ca: client_ca.map(|ca| file(ca)).transpose()?,
    }))
}

fn file(content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(content)?;
    Ok(file)
}
