//! Where a server tells of itself.

use std::net::{IpAddr, SocketAddr};

use clap::Args;
use mfn_server::AdminListener;

use super::values::{expected, host, integer};
use crate::settings::{Settings, Source};

/// The word for a free port.
const ANY: &str = "any";

/// The settings of metrics and readiness.
#[derive(Debug, Args)]
pub(super) struct AdminFlags {
    /// IP address of metrics and readiness, which need no key
    #[arg(long, env = "MFN_GRPC_ADMIN_HOST", hide_env_values = true, value_name = "ADDRESS")]
    #[arg(default_value = "127.0.0.1", value_parser = host)]
    admin_host: IpAddr,

    /// Port of /metrics, /livez and /readyz, by HTTP; any picks a free one, which the log names,
    /// and 0 is none
    #[arg(long, env = "MFN_GRPC_ADMIN_PORT", hide_env_values = true, value_name = "PORT")]
    #[arg(default_value = "9464", value_parser = admin_port)]
    admin_port: AdminPort,
}

/// A port to listen on. The number 0 has always meant none here, so that a free port has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AdminPort {
    None,
    Any,
    Number(u16),
}

impl AdminFlags {
    /// Where the admin listener is asked to listen; its port is 0 if any will do.
    pub(super) fn address(&self) -> SocketAddr {
        let port = match self.admin_port {
            AdminPort::Number(port) => port,
            AdminPort::Any | AdminPort::None => 0,
        };
        SocketAddr::new(self.admin_host, port)
    }

    /// Several servers on one machine, of which none was told a port, all start.
    pub(super) fn listener(&self, settings: &Settings) -> Option<AdminListener> {
        let is_told = |variable| settings.source(variable) != Source::Default;
        let is_required = is_told("MFN_GRPC_ADMIN_PORT") || is_told("MFN_GRPC_ADMIN_HOST");
        let listener = AdminListener { address: self.address(), is_required };
        (self.admin_port != AdminPort::None).then_some(listener)
    }
}

fn admin_port(text: &str) -> Result<AdminPort, String> {
    if text.trim() == ANY {
        return Ok(AdminPort::Any);
    }
    match integer::<0, 65_535>(text) {
        Ok(0) => Ok(AdminPort::None),
        Ok(port) => Ok(AdminPort::Number(port as u16)),
        Err(range) => Err(expected(&format!("any or {range}"), text, &[ANY])),
    }
}
