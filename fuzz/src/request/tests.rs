use super::*;
use crate::oracle_failures::assert_fails_with;

/// A request of a small simulation.
const MESSAGE: &[u8] = &[0x18, 4, 0x20, 1];

/// What the server reads of `message`.
fn read(message: &[u8]) -> Result<ReadRequest, String> {
    read_request(METHODS[0], Pieces::of(&framed(message), 1), MAX_MESSAGE_BYTES)
}

/// A message with an id of so many bytes.
fn with_id(bytes: usize) -> Vec<u8> {
    let request_id = "a".repeat(bytes);
    SimulationRequest { request_id, grid_size: 4, steps: 1, ..Default::default() }.encode_to_vec()
}

/// `message` is read as the server does it, with a `change`.
fn check_read(message: &[u8], change: impl FnOnce(&mut ReadRequest)) {
    let mut read = read(message).expect("it is read");
    change(&mut read);
    compare::<SimulationRequest>(&framed(message), Ok(read));
}

#[test]
fn what_is_sent_is_read() {
    for message in [MESSAGE, &[], &[0x18, 1], &with_id(256), &with_id(600)] {
        check_read(message, |_| ());
    }
    for body in [&b""[..], &[0; 4], &[1, 0, 0, 0, 0], &framed(&[0x18]), &framed(&[0; 2000])] {
        compare::<SimulationRequest>(body, Err("no message".to_owned()));
    }
}

#[test]
fn what_is_read_otherwise_is_refused() {
    let other = || read(&[0x18, 5, 0x20, 1]).expect("it is read");
    let out_of_range = || read(&[0x18, 1]).expect("it is read");
    assert_fails_with("of what is no message", || {
        compare::<SimulationRequest>(&framed(&[0x18]), Ok(other()));
    });
    assert_fails_with("busy of SimulationRequest", || {
        compare::<SimulationRequest>(&framed(MESSAGE), Err("busy".to_owned()));
    });
    for (told, message, change) in [
        ("what is kept of", MESSAGE.to_vec(), &|read: &mut ReadRequest| read.kept = other().kept),
        ("what is kept is a message", MESSAGE.to_vec(), &|read| read.kept = vec![0x18]),
        ("failed: of SimulationRequest", MESSAGE.to_vec(), &|read| read.params = other().params),
        ("not Ok(RunSimulation", MESSAGE.to_vec(), &|read| read.params = out_of_range().params),
        ("not Err(", vec![0x18, 1], &|read| read.params = other().params),
        ("failed: of SimulationRequest", vec![0x20, 0xff, 0xff, 0x7f], &|read| {
            read.params = out_of_range().params;
        }),
        ("the length of the id", with_id(600), &|read| read.id_bytes_if_cut = Some(599)),
        ("what is kept of", with_id(600), &|read| read.id_bytes_if_cut = None),
        // As if so short an id had been cut.
        ("SimulationRequest", with_id(256), &|read| read.id_bytes_if_cut = Some(256)),
        ("SimulationRequest", with_id(600), &|read| {
            read.kept = SimulationRequest { request_id: "b".repeat(300), ..Default::default() }
                .encode_to_vec();
        }),
    ] as [(_, _, &dyn Fn(&mut ReadRequest)); 10]
    {
        assert_fails_with(told, || check_read(&message, change));
    }
}

#[test]
fn the_defaults_are_those_of_the_specification() {
    let zero = SimulationStreamRequest::default().params().expect("they are in range");
    let written = SimulationStreamRequest {
        grid_size: 64,
        steps: 64,
        alpha: 0.18,
        spike_probability: Some(0.25),
        stream_interval: 10,
        ..Default::default()
    };
    assert_eq!(zero, written.params().expect("they are in range"));
}
