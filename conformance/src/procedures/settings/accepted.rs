//! Values with which a server starts.

use crate::client::Connection;
use crate::procedures::Context;
use crate::procedures::calls::small;
use crate::procedures::session::Session;
use crate::trouble::Checked;

/// `false` may be written in letters of either case, and as 0.
pub(in crate::procedures) async fn truths(context: &Context<'_>) -> Checked {
    for value in ["false", "FALSE", "False", "0"] {
        serves(context, ("MFN_GRPC_TLS_ENABLED", value)).await?;
    }
    Ok(())
}

/// A variable that nobody knows does not hinder the start.
pub(in crate::procedures) async fn unknown_variable(context: &Context<'_>) -> Checked {
    serves(context, ("MFN_UNHEARD_OF", "1")).await
}

async fn serves(context: &Context<'_>, setting: (&str, &str)) -> Checked {
    let server = context.servers.start_with(&[setting])?;
    context.servers.listens(&server).await?;
    let connection = Connection::open(&server.endpoint).await?;
    Session::new(&server, connection, context.patience).is_answered(&small()).await
}
