//! The end of a server, as its callers see it.

use std::net::TcpStream;

use mfn_proto::{SimulationRequest, SimulationStreamRequest};
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::caller::{
    RUN, client, encoded, endless, endless_stream, head, is_served, raw, small, told,
};
use crate::serving::Serving;
use crate::soon;

// shows MFN-LIFE-003, MFN-LIFE-004
#[tokio::test]
async fn watchers_are_told_and_new_connections_are_not_taken() {
    let mut server = Serving::start(&[]);
    let mut health = HealthClient::new(server.channel().await);
    let mut watches = Vec::new();
    for service in ["", "mfn.MFNSimulationService"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        watches.push(health.watch(request).await.expect("a watch").into_inner());
    }
    for (signalled, expected) in
        [(false, ServingStatus::Serving), (true, ServingStatus::NotServing)]
    {
        if signalled {
            server.signal("TERM");
        }
        for watch in &mut watches {
            let state = soon("a state", watch.message()).await.expect("no error");
            assert_eq!(state.expect("a state").status(), expected);
        }
    }
    let address = server.address;
    let refused = tokio::task::spawn_blocking(move || while TcpStream::connect(address).is_ok() {});
    soon("a refusal", refused).await.expect("no panic");
    drop(watches);
    drop(health);
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-005
#[tokio::test]
async fn what_is_done_within_the_grace_is_answered() {
    let mut server = Serving::start(&["--shutdown-grace-ms", "60000"]);
    let mut client = client(&server).await;
    let request = SimulationStreamRequest {
        grid_size: 64,
        steps: 2000,
        stream_interval: 500,
        ..Default::default()
    };
    let mut frames = client.stream_simulation(request).await.expect("a stream").into_inner();
    soon("a frame", frames.message()).await.expect("no error").expect("a frame");
    server.signal("TERM");
    let rest: Vec<_> = soon("the end", frames.collect::<Vec<_>>()).await;
    assert_eq!(rest.iter().filter(|frame| frame.is_ok()).count(), 3, "{rest:?}");
    drop(client);
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-006, MFN-LIFE-009, MFN-ERR-014
#[tokio::test]
async fn what_is_not_is_told_that_the_server_is_shutting_down() {
    let mut server = Serving::start(&["--shutdown-grace-ms", "200"]);
    let shutting_down = (Code::Unavailable, "SHUTTING_DOWN".to_owned());
    let mut unary = client(&server).await;
    let mut streaming = client(&server).await;
    let mut health = HealthClient::new(server.channel().await);
    let call = tokio::spawn(async move { unary.run_simulation(endless()).await });
    let stream = streaming.stream_simulation(endless_stream(false)).await;
    let mut frames = stream.expect("a stream").into_inner();
    soon("a frame", frames.message()).await.expect("no error").expect("a frame");
    let unknown = HealthCheckRequest { service: "nobody".to_owned() };
    let mut watch = health.watch(unknown).await.expect("a watch").into_inner();
    server.signal("TERM");

    let status = soon("the end", call).await.expect("no panic").expect_err("it is cut off");
    assert_eq!(told(&status), shutting_down);
    let ends = async {
        loop {
            if let Err(status) = frames.message().await {
                return status;
            }
        }
    };
    assert_eq!(told(&soon("the end", ends).await), shutting_down);
    let state = soon("a state", watch.message()).await.expect("no error").expect("a state");
    assert_eq!(state.status(), ServingStatus::ServiceUnknown);
    let status = soon("the end", watch.message()).await.expect_err("it is cut off");
    assert_eq!(told(&status), shutting_down);
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-008
#[tokio::test]
async fn a_second_signal_abandons_the_open_calls() {
    let mut server = Serving::start(&["--shutdown-grace-ms", "3600000"]);
    let mut client = client(&server).await;
    // Nobody reads it, so it stays open.
    let _unread = client.stream_simulation(endless_stream(true)).await.expect("a stream");
    server.signal("TERM");
    server.logged("finishing the open calls");
    server.signal("TERM");
    server.logged("abandoning the open calls");
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-014
#[tokio::test]
async fn with_a_delay_health_says_so_at_once_and_calls_are_taken_until_a_second_signal() {
    let hour = ["--shutdown-delay-ms", "3600000", "--shutdown-grace-ms", "3600000"];
    let mut server = Serving::start(&hour);
    let mut health = HealthClient::new(server.channel().await);
    let every = HealthCheckRequest { service: String::new() };
    let mut watch = health.watch(every.clone()).await.expect("a watch").into_inner();
    for expected in [ServingStatus::Serving, ServingStatus::NotServing] {
        let state = soon("a state", watch.message()).await.expect("no error");
        assert_eq!(state.expect("a state").status(), expected);
        server.signal("TERM");
    }
    server.logged("health says NOT_SERVING");
    // That was two signals, of which the second has ended the delay.
    server.logged("finishing the open calls");
    drop((watch, health));
    assert_eq!(server.ended().await.0, Some(0));

    let mut server = Serving::start(&hour);
    server.signal("TERM");
    server.logged("health says NOT_SERVING");
    is_served(&server).await;
    let state = HealthClient::new(server.channel().await).check(every).await.expect("an answer");
    assert_eq!(state.into_inner().status(), ServingStatus::NotServing);
    let mut client = client(&server).await;
    let _unread = client.stream_simulation(endless_stream(true)).await.expect("a stream");
    server.signal("TERM");
    server.logged("finishing the open calls");
    server.signal("TERM");
    server.logged("abandoning the open calls");
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-004, MFN-LIFE-005
#[tokio::test]
async fn calls_that_were_sent_before_the_signal_are_answered() {
    const CONNECTIONS: usize = 100;
    let mut server = Serving::start(&["--shutdown-grace-ms", "60000"]);
    let mut calls = Vec::new();
    for _ in 0..CONNECTIONS {
        let requests = raw(&server).await;
        let mut ready = requests.ready().await.expect("the connection is open");
        let (response, mut sender) = ready.send_request(head(RUN), false).expect("it is sent");
        sender.send_data(encoded(&small()).into(), true).expect("it is sent");
        calls.push((response, ready));
    }
    // What was sent is on its way now.
    tokio::task::yield_now().await;
    server.signal("TERM");
    for (response, _connection) in calls {
        let mut body = soon("an answer", response).await.expect("an answer").into_body();
        while let Some(data) = body.data().await {
            data.expect("no error");
        }
        let trailers = body.trailers().await.expect("no error").expect("trailers");
        assert_eq!(trailers["grpc-status"], "0");
    }
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-LIFE-002, MFN-LIFE-003
#[tokio::test]
async fn the_health_of_an_unknown_name_is_not_found_and_can_be_watched() {
    let server = Serving::start(&[]);
    let mut health = HealthClient::new(server.channel().await);
    let unknown = || HealthCheckRequest { service: "nobody".to_owned() };
    let status = health.check(unknown()).await.expect_err("nobody has no health");
    assert_eq!(status.code(), Code::NotFound);
    let mut watch = health.watch(unknown()).await.expect("a watch").into_inner();
    let state = soon("a state", watch.message()).await.expect("no error").expect("a state");
    assert_eq!(state.status(), ServingStatus::ServiceUnknown);
    // It stays open: nothing comes until something else is answered.
    let answered = client(&server).await;
    let mut answered = answered;
    tokio::select! {
        biased;
        more = watch.message() => panic!("{more:?}"),
        answer = answered.run_simulation(SimulationRequest::default()) => { answer.expect("one"); }
    }
}
