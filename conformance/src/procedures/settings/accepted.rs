//! Values with which a server starts.

use super::super::Surroundings;
use super::super::calling::{begun, ended, is_ok, small};
use crate::client::Connection;
use crate::trouble::Checked;

/// `false` may be written in letters of either case, and as 0.
pub(super) async fn truths(with: &Surroundings<'_>) -> Checked {
    for value in ["false", "FALSE", "False", "0"] {
        serves(with, ("MFN_GRPC_TLS_ENABLED", value)).await?;
    }
    Ok(())
}

/// A variable that nobody knows does not hinder the start.
pub(super) async fn unknown_variable(with: &Surroundings<'_>) -> Checked {
    serves(with, ("MFN_UNHEARD_OF", "1")).await
}

async fn serves(with: &Surroundings<'_>, setting: (&str, &str)) -> Checked {
    let server = with.servers.start_with(&[setting])?;
    with.servers.listens(&server).await?;
    let connection = Connection::open(&server.endpoint).await?;
    let call = small();
    let exchange = begun(&connection, &call, &server).await?;
    is_ok(&call, &ended(exchange, with.patience).await?)
}
