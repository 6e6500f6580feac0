//! A server that is the reference but for one thing: a proxy alters what passes.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use h2::server::SendResponse;
use h2::{RecvStream, client, server};
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::net::{TcpListener, TcpStream};

/// What was called.
pub(crate) struct Call {
    /// Such as `/mfn.MFNSimulationService/RunSimulation`.
    pub(crate) path: String,
    /// As it came.
    pub(crate) body: Bytes,
}

/// What the reference answers, before it is sent on.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Reply {
    /// Where the gRPC status is: the trailers, or the headers of an answer that has
    /// nothing else.
    pub(crate) fn last_headers(&mut self) -> &mut HeaderMap {
        self.trailers.as_mut().unwrap_or(&mut self.headers)
    }

    /// Whether the gRPC status is another one than OK.
    pub(crate) fn is_error(&mut self) -> bool {
        self.last_headers().get("grpc-status").is_some_and(|status| status != "0")
    }
}

/// What is wrong with a server: how it alters the answer to a call.
pub(crate) type Alter = fn(&Call, &mut Reply);

/// Starts a proxy in front of `reference`, which reads each answer to its end before
/// it sends any of it on.
pub(crate) async fn start(reference: SocketAddr, alter: Alter) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, reference, alter));
        }
    });
    address
}

async fn serve(stream: TcpStream, reference: SocketAddr, alter: Alter) -> Result<(), h2::Error> {
    let mut front = server::handshake(stream).await?;
    let back = TcpStream::connect(reference).await.map_err(|_| h2::Reason::INTERNAL_ERROR)?;
    let (requests, connection) = client::handshake(back).await?;
    tokio::spawn(connection);
    while let Some(call) = front.accept().await {
        let (request, respond) = call?;
        tokio::spawn(pass_on(request, respond, requests.clone(), alter));
    }
    Ok(())
}

async fn pass_on(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    requests: SendRequest<Bytes>,
    alter: Alter,
) -> Result<(), h2::Error> {
    let (head, body) = request.into_parts();
    let (body, trailers) = read(body).await?;
    let call = Call { path: head.uri.path().to_owned(), body: body.clone() };
    let head = Request::from_parts(head, ());
    let (response, mut sender) = requests.ready().await?.send_request(head, false)?;
    sender.send_data(body, trailers.is_none())?;
    if let Some(trailers) = trailers {
        sender.send_trailers(trailers)?;
    }
    let (parts, body) = response.await?.into_parts();
    let (body, trailers) = read(body).await?;
    let mut reply = Reply { status: parts.status, headers: parts.headers, body, trailers };
    alter(&call, &mut reply);

    let Reply { status, headers, body, trailers } = reply;
    let mut response = Response::new(());
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    let has_more = !body.is_empty() || trailers.is_some();
    let mut sender = respond.send_response(response, !has_more)?;
    if !body.is_empty() {
        sender.send_data(body, trailers.is_none())?;
    }
    trailers.map_or(Ok(()), |trailers| sender.send_trailers(trailers))
}

async fn read(mut body: RecvStream) -> Result<(Bytes, Option<HeaderMap>), h2::Error> {
    let mut bytes = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        bytes.extend_from_slice(&data);
    }
    Ok((bytes.freeze(), body.trailers().await?))
}
