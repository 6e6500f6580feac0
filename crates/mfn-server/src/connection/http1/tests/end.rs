//! How a connection ends, so that its client can read the last answer.

use super::*;

// shows MFN-LIFE-005
#[tokio::test(start_paused = true)]
async fn at_a_shutdown_the_open_call_is_answered_and_the_connection_closed() {
    let mut client = connect(&Candidates::default());
    client.send(&get("/slow")).await;
    assert_eq!(client.told.recv().await, Some("begun"));
    client.phases.draining.cancel();
    let (answer, seconds) = client.closed().await;
    assert_eq!(seconds, 5);
    assert!(answer.ends_with("slow") && answer.contains("connection: close"), "{answer}");
    let idle = connect(&Candidates::default());
    idle.phases.draining.cancel();
    assert_eq!(idle.closed().await.1, 0);
}

// shows MFN-TRANS-035
#[tokio::test(start_paused = true)]
async fn a_client_that_sends_on_after_a_refusal_can_read_it() {
    let mut client = connect(&Candidates::default());
    // More than is read of a head, and than the pipe holds.
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(1 << 19));
    client.send(&long).await;
    let (answer, seconds) = client.closed().await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(seconds, 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_closes_its_direction_is_waited_for_within_bounds() {
    let mut client = connect(&Candidates::default());
    client.send("GET /one HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let start = Instant::now();
    client.read_until("/one").await;
    client.io.read_u8().await.expect_err("that was the last answer");
    assert_eq!(start.elapsed().as_secs(), 0);
    client.served.await.expect("no panic");
    assert_eq!(start.elapsed().as_secs(), MAX_TIME.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_without_end_after_a_refusal_is_cut_off() {
    let mut client = connect(&Candidates::default());
    client.send("HELP\r\n\r\n").await;
    let mut sent = 0;
    while client.io.write_all(&[b'x'; 1024]).await.is_ok() {
        sent += 1024;
    }
    assert!((1 << 20..1 << 21).contains(&sent), "{sent} bytes");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_lingers_makes_way_and_keeps_no_shutdown_waiting() {
    let ends: [fn(&Client, &Candidates); 3] = [
        |_, candidates| assert!(candidates.evict_one()),
        |client, _| client.phases.draining.cancel(),
        |client, _| client.phases.closing.cancel(),
    ];
    for end in ends {
        let candidates = Candidates::default();
        let mut client = connect(&candidates);
        client.send("HELP\r\n\r\n").await;
        let start = Instant::now();
        client.io.read_to_string(&mut String::new()).await.expect("it is closed");
        end(&client, &candidates);
        client.served.await.expect("no panic");
        assert_eq!(start.elapsed().as_secs(), 0);
    }
}

// shows MFN-TRANS-034
#[tokio::test(start_paused = true)]
async fn the_last_call_that_a_connection_may_have_says_so() {
    let mut client = connect(&Candidates::default());
    let mut answer = String::new();
    for _ in 0..MAX_CALLS {
        assert!(!answer.contains("connection: close"), "{answer}");
        client.send(&get("/one")).await;
        answer = client.read_until("/one").await;
    }
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(client.closed().await, (String::new(), 0));
}

// shows MFN-TRANS-038
#[tokio::test(start_paused = true)]
async fn what_follows_a_body_of_two_lengths_is_no_request() {
    for lengths in [
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 4",
    ] {
        let mut client = connect(&Candidates::default());
        client.send(&format!("POST /echo HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n")).await;
        client.send("1\r\nb\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let (answer, _) = client.closed().await;
        assert!(answer.ends_with("\r\n\r\nb") && answer.contains("connection: close"), "{answer}");
    }
}
