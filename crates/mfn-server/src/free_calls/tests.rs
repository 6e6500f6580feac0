//! Who gets a permit, and who has to go.

use std::future::pending;

use tokio::task::JoinSet;

use super::*;
use crate::message_timeout::MessageTimeout;

fn too_many(what: &'static str, limit: usize) -> Error {
    Error::TooManyFreeCalls { what, limit }
}

#[test]
fn a_connection_has_so_many_watches_and_its_first_one_always() {
    let all = FreeCalls::default();
    let first = all.of_connection();
    let of_first: Vec<_> = (0..100).map(|_| first.watch().expect("a permit")).collect();
    let refused = first.watch().map(drop);
    assert_eq!(refused, Err(too_many("open watches of health", 100)));

    // Others take all that is left: of ten connections 99 each, and of one the rest.
    let connections: Vec<_> = (0..10).map(|_| all.of_connection()).collect();
    let mut permits: Vec<_> = connections
        .iter()
        .flat_map(|connection| (0..100).map_while(|_| connection.watch().ok()))
        .collect();
    assert_eq!(of_first.len() + permits.len(), 1024 + 1 + connections.len());
    let late = all.of_connection();
    permits.push(late.watch().expect("the first one always has a permit"));
    assert_eq!(late.watch().map(drop), Err(too_many("open watches of health", 1024)));
    drop(of_first);
    late.watch().expect("a permit that was given back");
}

#[test]
fn streams_of_reflection_are_few() {
    let all = FreeCalls::default();
    let connections: Vec<_> = (0..2).map(|_| all.of_connection()).collect();
    let permits: Vec<_> = connections
        .iter()
        .flat_map(|connection| (0..9).map_while(|_| connection.reflection().ok()))
        .collect();
    assert_eq!(permits.len(), 16);
    let late = all.of_connection();
    let refused = late.reflection().map(drop);
    assert_eq!(refused, Err(too_many("open streams of reflection", 16)));
    drop(permits);
    late.reflection().expect("a permit that was given back");
}

#[tokio::test(start_paused = true)]
async fn reflection_answers_so_often_a_second() {
    let connection = FreeCalls::default().of_connection();
    for _ in 0..REFLECTIONS_A_SECOND {
        connection.reflect().expect("it is admitted");
    }
    let refused = connection.reflect();
    assert_eq!(refused, Err(too_many("answers of reflection a second", 1000)));
    tokio::time::advance(Duration::from_secs(1)).await;
    connection.reflect().expect("it is admitted");
}

/// Waits for a message that never comes, and returns the number of the waiting one
/// with what it is told.
async fn wait(connection: ConnectionFreeCalls, number: usize) -> (usize, Unread) {
    let never = connection.receive(pending::<Result<(), Unread>>()).await;
    (number, never.expect_err("no message came"))
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_longest_makes_room_on_the_same_connection() {
    let all = FreeCalls::default();
    let connection = all.of_connection();
    let mut waiting = JoinSet::new();
    for number in 0..65 {
        waiting.spawn(wait(connection.clone(), number));
        tokio::task::yield_now().await;
    }
    let gone = waiting.join_next().await.expect("one has to go").expect("no panic");
    let too_many = too_many("unfinished requests of one connection", 64);
    assert_eq!(gone, (0, Unread::Refused(too_many)));
    // A message that is there is read whoever waits.
    assert_eq!(connection.receive(async { Ok(7) }).await, Ok(7));
    assert!(waiting.try_join_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_longest_makes_room_for_other_connections() {
    let all = FreeCalls::default();
    let mut waiting = JoinSet::new();
    let connections: Vec<_> = (0..17).map(|_| all.of_connection()).collect();
    for number in 0..1025 {
        waiting.spawn(wait(connections[number / 64].clone(), number));
        tokio::task::yield_now().await;
    }
    let gone = waiting.join_next().await.expect("one has to go").expect("no panic");
    assert_eq!(gone, (0, Unread::Refused(too_many("unfinished requests", 1024))));
    assert!(waiting.try_join_next().is_none());
    // All others have their time, and then nobody waits.
    let late = Error::MessageTimeout(MessageTimeout::fixed(MESSAGE_TIMEOUT));
    while let Some(gone) = waiting.join_next().await {
        let (_, unread) = gone.expect("no panic");
        assert_eq!(unread, Unread::Refused(late.clone()));
    }
    assert_eq!(all.0.waiting.len(), 0);
}

#[test]
fn among_many_answers_the_few_of_a_connection_have_their_time() {
    let all = FreeCalls::default();
    let [flood, honest] = [(); 2].map(|()| all.of_connection());
    let mut answers: Vec<_> = (0..MANY_ANSWERS).map(|_| flood.answer()).collect();
    assert!(!answers.iter().any(UnchargedAnswer::is_one_of_many));
    assert!(flood.answer().is_one_of_many());
    let of_honest: Vec<_> = (0..=FEW_ANSWERS).map(|_| honest.answer()).collect();
    let many = of_honest.iter().filter(|answer| answer.is_one_of_many()).count();
    assert_eq!(many, 1);
    answers.truncate(MANY_ANSWERS - of_honest.len() - 1);
    assert!(!flood.answer().is_one_of_many());
}
