//! Whether a server has the web, which it need not have (MFN-WEB-001).

use conformance_web::Protocol;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{NoServer, Servers};
use crate::case::Call;
use crate::client::{CallError, Connection};
use crate::server::Server;

/// By these a server is known that has the web. One that answers either by its own content
/// type has it, whatever is wrong with the answer.
const KNOWN_BY: [Protocol; 2] = [Protocol::ConnectJson, Protocol::GrpcWeb];

impl Servers {
    /// Whether the server has the web: no case may say of one that has not what it would do.
    /// That is found out once, since all servers of a run are one program.
    ///
    /// # Errors
    /// It has not, or does not answer.
    pub async fn has_web(&self, server: &Server) -> Result<(), NoServer> {
        let has_it = self.web.get_or_try_init(|| self.answers_the_web(server)).await?;
        let none = "the server speaks neither gRPC-Web nor Connect, and need not";
        has_it.then_some(()).ok_or_else(|| NoServer::NotHonoured(none.to_owned()))
    }

    async fn answers_the_web(&self, server: &Server) -> Result<bool, NoServer> {
        let dead = |error: CallError| NoServer::Dead(error.to_string());
        let connection = Connection::open(server).await.map_err(dead)?;
        let small = json!({ "grid_size": 4, "steps": 1 });
        for protocol in KNOWN_BY {
            let method = "mfn.MFNSimulationService/RunSimulation".to_owned();
            let http = conformance_web::Http::Two;
            let request = small.as_object().cloned();
            let call = Call { method, protocol, http, request, ..Call::default() };
            match connection.call(&call, server, self.timeout).await {
                Ok(answer) => {
                    let kind = protocol.content_type(false).unwrap_or_default();
                    let kind = kind.trim_end_matches("+proto").as_bytes();
                    let actual = answer.headers.get(CONTENT_TYPE);
                    if actual.is_some_and(|actual| actual.as_bytes().starts_with(kind)) {
                        return Ok(true);
                    }
                }
                // It does not know what to do with the call.
                Err(CallError::Web(_)) => {}
                Err(error) => return Err(dead(error)),
            }
        }
        Ok(false)
    }
}
