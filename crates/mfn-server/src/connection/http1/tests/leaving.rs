//! Clients that leave while their call is open, and those that only have no more to send.

use super::*;

impl Client {
    /// Sends `text`, and closes this direction of the connection.
    async fn send_last(&mut self, text: &str) {
        self.send(text).await;
        self.io.shutdown().await.expect("it can be closed");
    }

    /// Waits until the call is dropped: how many milliseconds that takes.
    async fn dropped(&mut self) -> u128 {
        let start = Instant::now();
        let dropped = async { while self.told.recv().await != Some("dropped") {} };
        timeout(Duration::from_hours(1), dropped).await.expect("the call ends");
        start.elapsed().as_millis()
    }
}

// shows MFN-TRANS-009, MFN-WEB-017
#[tokio::test(start_paused = true)]
async fn a_call_ends_when_its_client_closes_the_connection() {
    let mut client = connect(&Candidates::default());
    client.send_last("POST /never HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await;
    assert!(client.dropped().await <= HALF_CLOSED_TIMEOUT.as_millis() + 1);
    assert_eq!(client.closed().await, (String::new(), 0));
}

// shows MFN-TRANS-009, MFN-WEB-017
#[tokio::test(start_paused = true)]
async fn what_came_of_another_request_does_not_hide_that_the_client_has_left() {
    // The transport has read some of it with the request, or none, or it comes later.
    for (with_it, later) in [
        ("\r\n", String::new()),
        ("G", String::new()),
        ("", "GET /two HTTP/1.1\r\n".to_owned()),
        ("G", get("/two")),
        ("", "x".repeat(MAX_KEPT_BYTES - 1)),
    ] {
        let mut client = connect(&Candidates::default());
        client.send(&format!("{}{with_it}", get("/never"))).await;
        assert_eq!(client.told.recv().await, Some("begun"));
        client.send_last(&later).await;
        assert!(client.dropped().await <= HALF_CLOSED_TIMEOUT.as_millis() + 1);
        assert_eq!(client.closed().await, (String::new(), 0));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_further_requests_is_bounded() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/never")).await;
    assert_eq!(client.told.recv().await, Some("begun"));
    // What is read, and what is in the pipe.
    let read = async {
        let mut sent = 0;
        loop {
            client.send(&"x".repeat(1024)).await;
            sent += 1024;
            assert!(sent <= MAX_KEPT_BYTES + (1 << 16), "{sent} bytes are taken");
        }
    };
    assert!(timeout(Duration::from_secs(1), read).await.is_err(), "it takes no more");
}

#[tokio::test(start_paused = true)]
async fn further_requests_that_came_while_a_call_was_open_are_answered_whole() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/slow")).await;
    assert_eq!(client.told.recv().await, Some("begun"));
    let long = "y".repeat(2 * MAX_HEAD_BYTES);
    let head = format!("POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", long.len());
    client.send(&get("/two")).await;
    sleep(Duration::from_secs(1)).await;
    client.send(&head).await;
    client.send(&long).await;
    for body in ["slow", "/two", &long] {
        client.read_until(body).await;
    }
}

// shows MFN-TRANS-039
#[tokio::test(start_paused = true)]
async fn a_client_that_has_no_more_to_send_gets_its_answer() {
    for (request, body) in [
        (get("/one"), "/one"),
        ("GET /one HTTP/1.0\r\n\r\n".to_owned(), "/one"),
        (get("/soon"), "soon"),
        (get("/one") + &get("/two"), "/two"),
        (get("/frames"), "frame.\r\n0\r\n\r\n"),
    ] {
        let mut client = connect(&Candidates::default());
        client.send_last(&request).await;
        let mut answer = String::new();
        client.io.read_to_string(&mut answer).await.expect("text");
        assert!(answer.ends_with(body), "{request}: {answer}");
        client.served.await.expect("no panic");
    }
}

// shows MFN-TRANS-039
#[tokio::test(start_paused = true)]
async fn a_client_that_has_no_more_to_send_may_be_slow_to_read_its_answer() {
    let mut client = connect(&Candidates::default());
    client.send_last(&get("/mebibyte")).await;
    sleep(20 * HALF_CLOSED_TIMEOUT).await;
    let mut answer = String::new();
    client.io.read_to_string(&mut answer).await.expect("text");
    assert!(answer.len() > 1 << 20);
}

// shows MFN-WEB-017
#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_client_is_not_there_for_the_next_frame() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/frames-without-end")).await;
    client.read_until("6\r\nframe.\r\n").await;
    let (io, _) = tokio::io::duplex(1);
    drop(std::mem::replace(&mut client.io, io));
    assert!(client.dropped().await <= 400 + 1);
    client.served.await.expect("no panic");
}

// shows MFN-WEB-017
#[tokio::test(start_paused = true)]
async fn an_answer_without_a_word_ends_when_its_client_closes_the_connection() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/head-alone")).await;
    sleep(Duration::from_secs(1000)).await;
    client.io.shutdown().await.expect("it can be closed");
    assert!(client.dropped().await <= HALF_CLOSED_TIMEOUT.as_millis() + 1);
}
