use conformance_wire::frames::{DATA, END_STREAM, Frame, HEADERS, literal};

use super::*;
use crate::oracle_failures::assert_fails_with;

/// What a server has done that has sent so many bytes of DATA, and this status.
fn script(data_bytes: usize, status: &str) -> Script {
    let mut block = Vec::new();
    literal(&mut block, "grpc-status", status);
    let mut script = Script::default();
    script.sends(&Frame::new(DATA, 0, 1, vec![0; data_bytes]).bytes());
    script.sends(&Frame::new(HEADERS, END_STREAM, 1, block).bytes());
    script
}

#[test]
fn a_result_is_what_a_server_has_sent() {
    script(100, "0").check_result(&[60, 40]);
    script(0, "0").check_result(&[]);
    let told = "nobody said that all is well";
    assert_fails_with(told, || script(100, "3").check_result(&[60]));
    assert_fails_with(told, || Script::default().check_result(&[]));
    assert_fails_with("1000 bytes of", || script(100, "0").check_result(&[960, 40]));
}

/// What a call comes to that is tried so often at this server, which ends each connection.
fn error(endpoint: &str, retries: u32) -> Error {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("it needs nothing of the system").block_on(async {
        let retry = Retry { max_retries: retries, ..Retry::default() };
        let builder = Client::builder(endpoint).retry(retry);
        let client = client_over(builder, || tokio::io::duplex(1).0).expect("it can be built");
        client.run_simulation(SimulationRequest::default()).await.expect_err("no server")
    })
}

#[test]
fn an_error_is_of_a_server_and_without_the_key() {
    let told = format!("the key is {KEY}");
    let (once, thrice) = (error(ENDPOINTS[0], 0), error(ENDPOINTS[1], 2));
    check_error(&once, 0, "");
    check_error(&thrice, 2, "");
    assert_fails_with("so many attempts", || check_error(&thrice, 1, ""));
    assert_fails_with("another endpoint", || check_error(&error("http://third:1", 0), 0, ""));
    assert_fails_with("the key is in", || check_error(&once, 0, &told));
}
