//! What a server can be told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A server's configuration. The default is a server for this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address to listen on. Default: 127.0.0.1.
    pub host: IpAddr,
    /// Port to listen on; 0 picks a free one. Default: 50051.
    pub port: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self { host: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 50051 }
    }
}

impl Config {
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}
