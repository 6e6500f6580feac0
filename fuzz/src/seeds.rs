//! Inputs that a fuzzer begins with: what the golden answers and the cases of the suite have,
//! and the words of each protocol.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

use conformance::case::{Call, Profile, load};
use conformance::golden;
use conformance_wire::messages;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::Value;

use crate::answers::{tests, verdict};
use crate::calls::PROTOCOLS;
use crate::connection::WORDS;
use crate::frames::kinds;
use crate::request::{METHODS, framed};
use crate::requests::{BODIES, TARGETS, TYPES, framings, kinds as http1_kinds};
use crate::served::HAS_KEY;
use crate::settings;
use crate::web::HOSTILE;

/// Longest golden message that is a seed's, with its prefix in one text of a script.
const MAX_GOLDEN_BYTES: usize = 250;

/// Writes the seeds of each target into a folder of its name.
///
/// # Errors
/// That is not possible.
pub fn write() -> io::Result<()> {
    let Some(folder) = env::var_os("MFN_FUZZ_SEEDS").map(PathBuf::from) else { return Ok(()) };
    for (target, seeds) in all() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
    }
    Ok(())
}

/// Every target with its seeds.
fn all() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    vec![
        ("access", access()),
        ("answers", answers()),
        ("cases", cases()),
        ("client", client()),
        ("connection", connection()),
        ("headers", headers()),
        ("http1", http1()),
        ("key_file", key_files()),
        ("limits", limits()),
        ("request", requests()),
        ("settings", all_settings()),
        ("store", store()),
        ("web", web()),
    ]
}

/// The calls of all cases of the suite, each with its case's id.
fn cases_with_calls() -> impl Iterator<Item = (String, Call)> {
    let files = load::all().expect("the cases are part of the program");
    let cases = files.into_iter().flat_map(|(_, file)| file.case);
    cases.filter_map(|case| Some((case.id, case.call?)))
}

fn encoded_request(call: &Call) -> Option<Vec<u8>> {
    let method = messages::method(&call.method)?;
    let json = Value::Object(call.request.clone().unwrap_or_default());
    messages::encode_request(&method, &json).ok()
}

fn requests() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (_, call) in cases_with_calls() {
        let Some(method) = METHODS.iter().position(|method| *method == call.method) else {
            continue;
        };
        let Some(message) = encoded_request(&call) else { continue };
        if message.len() < 1024 {
            seeds.push([&[method as u8, 255, 0][..], &message].concat());
        }
    }
    // Small computations of each method, which the golden answers are too large for.
    for method in 0..METHODS.len() as u8 {
        let fields: &[u8] = match method {
            1 | 3 => &[0x10, 7, 0x18, 6, 0x20, 5, 0x28, 2],
            4 => &[0x10, 7, 0x18, 1, 0x20, 3, 0x28, 4, 0x30, 2, 0x38, 1, 0x40, 1],
            _ => &[0x10, 7, 0x18, 9, 0x20, 20, 0x38, 1],
        };
        seeds.push([&[method, 0, 0], fields].concat());
        seeds.push([&[method, 2, 1, 0, 0, 0, 0, fields.len() as u8], fields].concat());
    }
    seeds
}

fn access() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = ["1700000000.5", "0", "999999999999.999999999", "1.", ".5", "+1"]
        .map(|text| [&[0], text.as_bytes()].concat())
        .into();
    let signed = |change: &[u8]| {
        let mut seed = vec![1];
        for text in ["a-secret", "1700000000.5", "/mfn.MFNSimulationService/RunSimulation"] {
            seed.push(text.len() as u8);
            seed.extend(text.as_bytes());
        }
        [&seed, change].concat()
    };
    seeds.extend([&[0][..], &[1], &[2, 3, b'0'], &[3, b'0'], &[4, 62]].map(signed));
    for key in 0..2 {
        for method in 0..3 {
            let mut seed = vec![2, key, method, method, key, 0, 1];
            seed.extend(310_u32.to_le_bytes());
            seed.extend([0; 5]);
            seeds.push(seed);
        }
    }
    seeds
}

fn key_files() -> Vec<Vec<u8>> {
    let canary = crate::key_file::CANARY;
    let whole = "[[key]]\nid = \"lab\"\nsecrets = [\"new-secret\", \"old-one\"]\n\
                 services = [\"features\", \"simulation\", \"validation\"]\nrps = 1000\n\
                 concurrent = 100\nmax_cost = 60\nworker_share = 2\n";
    let mut files =
        vec![whole.to_owned(), format!("[[key]]\nid = \"a\"\nsecrets = [\"{canary}\"]\n")];
    for fault in [
        "secret = \"{}\"",
        "secrets = \"{}\"",
        "secrets = [\"{}\", \"{}\"]",
        "secrets = [\"{} \"]",
        "rps = \"{}\"",
        "{} = 1",
        "services = [\"{}\"]",
        "secrets = [\"{}\"",
    ] {
        files.push(format!("[[key]]\nid = \"a\"\n{}\n", fault.replace("{}", canary)));
    }
    files.push(format!("key = [{{ id = 'x', secrets = ['{canary}'], rps = 0x10 }}]"));
    files.into_iter().map(String::into_bytes).collect()
}

fn headers() -> Vec<Vec<u8>> {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let mut values: Vec<_> =
        ["1H", "99999999H", "60M", "200m", "5u", "7n", "0S", "S", "123456789S", "1s"]
            .map(str::to_owned)
            .into();
    values.extend(["00", "01", "ff"].map(|version| format!("{version}-{trace}-01")));
    values.push(format!("01-{trace}-01-more"));
    values.into_iter().map(String::into_bytes).collect()
}

fn limits() -> Vec<Vec<u8>> {
    let mut seeds = vec![[&[0, 3][..], &[4; 12], &[1, 4, 5, 4], &[0, 1, 4, 4]].concat()];
    seeds.push([&[1, 3][..], &[2; 5], &[1, 0, 2, 0, 1, 2, 1, 1]].concat());
    seeds.push(
        [&[2, 4][..], &[2, 128, 2, 128, 2, 129, 1, 129, 2, 129, 4, 2, 130], &[4; 8]].concat(),
    );
    // One that is refused since all places are taken.
    seeds.push(vec![2, 1, 2, 128, 2, 129]);
    seeds
}

/// Each call of the vocabulary with each body, and what ends connections.
fn connection() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for head in 0..WORDS.heads.len() as u8 {
        for body in 0..WORDS.bodies.len() as u8 {
            seeds.push(vec![0, kinds::HEAD, 1, head, 0, 0, kinds::BODY, 1, body, 1]);
        }
        seeds.push(vec![0, kinds::SPLIT_HEAD, 1, head, 1, 1, 0, 3, 5, kinds::RESET, 1, 8, 0, 0, 0]);
    }
    let mut both = vec![3];
    for stream in [1, 3, 5, 7] {
        both.extend([kinds::HEAD, stream, 1, 0, 0, kinds::BODY, stream, 3, 1]);
    }
    both.extend([kinds::WAIT, 12, kinds::PING, 0, kinds::GOAWAY, 0, 0, 0, 0, 0, kinds::WAIT, 18]);
    seeds.push(both);
    let small_window = [kinds::SETTINGS, 1, 4, 0, 0, 0, 0];
    let slow = [kinds::HEAD, 1, 1, 0, 0, kinds::BODY, 1, 4, 1, kinds::WINDOW, 1, 0, 0, 0, 9];
    seeds.push([&[0][..], &small_window, &slow, &[kinds::WAIT, 15]].concat());
    // A header list that is too long for the server, and one for the transport.
    for bytes in [100, 220] {
        seeds.push(vec![0, kinds::SPLIT_HEAD, 1, 0, 1, 1, 13, 2, bytes]);
        seeds.push(vec![0, kinds::SPLIT_HEAD, 1, 0, 1, 2, 13, 2, bytes, 13, 2, bytes]);
    }
    // Calls with the key, and one without.
    for head in 0..WORDS.heads.len() as u8 {
        for further in [&[1, 0, 4][..], &[1, 3, 3, 0]] {
            let body = [kinds::BODY, 1, 2, 1];
            seeds.push([&[HAS_KEY, kinds::HEAD, 1, head, 0][..], further, &body].concat());
        }
    }
    seeds
}

fn cases() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        b"\x01# none\n\nwire/* # a reason\nno-reason\n".to_vec(),
        b"\x01*/limits/* # they have no limits\n".to_vec(),
    ];
    for (subject, file) in load::FILES {
        // Enough of each to have what its cases have.
        let mut text = String::from("\0");
        for (number, part) in file.split("[[case]]").take(4).enumerate() {
            let mark = if number > 0 { "[[case]]" } else { "" };
            write!(text, "{mark}{part}").expect("a string takes all");
        }
        assert!(load::parse(subject, &text[1..]).is_ok(), "{subject} is cut badly");
        seeds.push(text.into_bytes());
    }
    seeds
}

/// The messages of the golden answer to the `call` of this case, encoded, if there is one and
/// they are short.
fn golden_messages(case: &str, call: &Call) -> Option<Vec<Vec<u8>>> {
    let golden = golden::answer(case)?;
    let kind = messages::method(&call.method)?.output();
    let encoded = golden.messages.iter().map(|message| {
        let json = Value::Object(message.clone());
        let message = DynamicMessage::deserialize(kind.clone(), json);
        message.expect("a golden answer is a message").encode_to_vec()
    });
    let encoded: Vec<_> = encoded.collect();
    encoded.iter().all(|message| message.len() <= MAX_GOLDEN_BYTES).then_some(encoded)
}

/// Right answers, each to the test of its own case, and answers in the order of the
/// vocabulary: a message and a status, and so on.
fn answers() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, test) in tests().iter().enumerate() {
        let (Some(call), Some(expect)) = (&test.case.call, &test.case.expect) else { continue };
        let has_one_answer = expect.same_as.is_none() && expect.same_error_as.is_none();
        if !has_one_answer || test.profile != Profile::Exact {
            continue;
        }
        let Some(messages) = golden_messages(&test.case.id, call) else { continue };
        let mut seed = (number as u32).to_le_bytes().to_vec();
        seed.extend([kinds::HEAD, 1, 0, 0, 0]);
        for message in messages {
            let body = framed(&message);
            seed.extend([kinds::RAW_BODY, 1, 0, body.len() as u8]);
            seed.extend(body);
        }
        seed.extend([kinds::HEAD, 1, 2, 1, 0]);
        verdict(&seed)
            .unwrap_or_else(|why| panic!("{} with its golden answer: {why:?}", test.name));
        seeds.push(seed);
    }
    assert!(seeds.len() > 40, "few golden answers are short");
    for test in (0_u32..400).step_by(7) {
        let script: &[u8] = match test % 4 {
            0 => &[kinds::HEAD, 1, 0, 0, 0, kinds::BODY, 1, 2, 0, kinds::HEAD, 1, 2, 1, 0],
            1 => &[kinds::HEAD, 1, 1, 1, 1, 1, 3, 7],
            2 => &[kinds::HEAD, 1, 3, 1, 3, 1, 3, 7, 2, 3, 9, 4, 3, 10],
            _ => &[
                kinds::HEAD,
                1,
                0,
                0,
                0,
                kinds::BODY,
                1,
                6,
                0,
                kinds::BODY,
                1,
                3,
                1,
                kinds::WAIT,
                14,
            ],
        };
        seeds.push([&test.to_le_bytes(), script].concat());
    }
    seeds
}

/// Each method with the same scripts, on whose second half a further call or attempt comes.
fn client() -> Vec<Vec<u8>> {
    let ok: &[u8] = &[kinds::HEAD, 1, 0, 0, 0, kinds::BODY, 1, 2, 0, kinds::HEAD, 1, 2, 1, 0];
    let error = [kinds::HEAD, 1, 3, 1, 3, 1, 3, 7, 2, 3, 9, 4, 3, 10];
    let scripts: [&[u8]; 9] = [
        ok,
        &error,
        // One whose end is missing, is late, or is that of the stream or the connection.
        &ok[..9],
        &[kinds::WAIT, 12, kinds::HEAD, 1, 0, 0, 0, kinds::BODY, 1, 2, 1],
        &[kinds::HEAD, 1, 0, 0, 0, kinds::BODY, 1, 2, 0, kinds::RESET, 1, 7, 0, 0, 0],
        &[kinds::GOAWAY, 0, 0, 0, 0, 0, kinds::END],
        // A message that is said to be long, and comes.
        &[kinds::HEAD, 1, 0, 0, 0, kinds::RAW_BODY, 1, 0, 5, 0, 0, 255, 255, 255, 255, 1, 255],
        &[kinds::HEAD, 1, 0, 0, 0, kinds::RAW_BODY, 1, 0, 5, 0, 0, 3, 0, 0, 255, 1, 12],
        &[kinds::HEAD, 1, 4, 1, 0],
    ];
    let mut seeds = Vec::new();
    for (number, script) in scripts.into_iter().enumerate() {
        for method in 0..5 {
            let times = if number % 2 == 0 { 14 } else { 142 };
            seeds.push([&[0, times, method][..], script].concat());
            // With another server, retries and calls.
            seeds.push([&[0x0f, times, method, 128 + method][..], script, script].concat());
        }
    }
    seeds
}

/// Each target with each content type, with the bodies and their framings in turn.
fn http1() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut bodies = (0..BODIES.len() as u8).cycle();
    let mut framings = (0..framings::COUNT).cycle();
    for target in 0..TARGETS.len() as u8 {
        for content_type in 0..TYPES.len() as u8 {
            let mut seed = vec![0];
            for method in [0, target % 4] {
                let request = [http1_kinds::REQUEST, method, target, 0, content_type, 0];
                let body = bodies.next().into_iter().chain(framings.next());
                seed.extend(request.into_iter().chain(body));
            }
            seeds.push(seed);
        }
    }
    // A body that comes late and in chunks, and a client that leaves amidst its call.
    let open = [http1_kinds::REQUEST, 0, 1, 0, 3, 0, 10, framings::OPEN];
    let rest = [http1_kinds::WAIT, 10, http1_kinds::CHUNK, 1, http1_kinds::LAST_CHUNK];
    seeds.push([&[0][..], &open, &rest].concat());
    seeds.push([&[0][..], &open, &[http1_kinds::END]].concat());
    seeds.push([&[0][..], &open, &[http1_kinds::WAIT, 18]].concat());
    // A head that is too long for the layers, and one for the transport.
    for bytes in [130, 250] {
        let long = [http1_kinds::REQUEST, 0, 0, 0, 0, 2, 18, 2, bytes, 1, framings::LENGTH];
        seeds.push([&[0][..], &long].concat());
    }
    // Calls with the key, and ones without.
    for target in 0..TARGETS.len() as u8 {
        let mut seed = vec![HAS_KEY];
        for value in [4, 3] {
            let body = [2, framings::LENGTH];
            let request = [http1_kinds::REQUEST, 0, target, 0, 0, 2, 18, value];
            seed.extend(request.into_iter().chain((value == 3).then_some(1)).chain(body));
        }
        seeds.push(seed);
    }
    seeds
}

/// The calls of all cases by each protocol, with an answer, an error, and a long answer.
fn web() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let replies: [&[u8]; 5] = [
        // One message: growth events, or the step.
        &[0, 0, 3, 0, 1, 0, 2, 24, 3],
        // An error with a detail, in trailers and in the head.
        &[3, 5, 4, b'o', b'h', b'!', b'%', 0, 3, 10, 1, b'a', 9, 0, 0],
        &[0x13, 16, 2, b'n', b'o', 1, 0, 9, 0, 0],
        // Doubles, with a trailer.
        &[4, 0, 1, 3, b'1', b'.', b'5', 255, 0, 1, 1, 200, 7, 0, 0, 0],
        // It breaks off.
        &[0, 0, 3, 2, 1, 0, 2, 24, 3],
    ];
    seeds.extend(golden_web());
    let mut next = replies.iter().cycle();
    for protocol in 0..PROTOCOLS.len() as u8 {
        for request in requests() {
            let (method, message) = (request[0], &request[3..]);
            if request[2] != 0 || message.len() > 64 {
                continue;
            }
            let head = [protocol, method, 2, 255, message.len() as u8];
            seeds.push([&head[..], message, next.next().copied().unwrap_or_default()].concat());
        }
        for body in BODIES {
            let head = [protocol, protocol % 5, 1, 1, body.len() as u8];
            seeds.push([&head[..], body, replies[0]].concat());
            let anything =
                [HOSTILE + protocol, protocol % 5, 1, 200, 0, 0, 0, 1, 0, 1, protocol, 255];
            seeds.push([&anything[..], body].concat());
        }
    }
    seeds
}

/// Some calls with their golden answers, by each protocol.
fn golden_web() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let answered =
        cases_with_calls().filter_map(|(case, call)| Some((golden_messages(&case, &call)?, call)));
    for (answer, call) in answered.step_by(6) {
        let Some(method) = METHODS.iter().position(|method| *method == call.method) else {
            continue;
        };
        let Some(request) = encoded_request(&call).filter(|it| it.len() <= 255) else { continue };
        for protocol in 0..PROTOCOLS.len() as u8 {
            let mut seed = vec![protocol, method as u8, 2, 255, request.len() as u8];
            seed.extend(&request);
            seed.extend([0, 0, 255, 0, answer.len() as u8]);
            for message in &answer {
                seed.extend([0, message.len() as u8]);
                seed.extend(message);
            }
            seeds.push(seed);
        }
    }
    seeds
}

/// Stores that do as they should, and one of each kind that do not.
fn store() -> Vec<Vec<u8>> {
    let mut seeds: Vec<_> = (0..4).map(|first| vec![first + 32, 5, 0, 0, 200, 1, 9]).collect();
    for step in 1..13 {
        for saying in (0..24).filter(|saying| *saying == 0 || step == 1) {
            // The greetings are right, and then one answer is not.
            let mut seed = vec![32, 3, 0, 0, 140, 0];
            seed.extend([0; 4]);
            seed.extend([step, saying, 3, b'*', b'1', b'\r']);
            seeds.push(seed);
        }
    }
    seeds
}

/// One of each setting with each kind of value.
fn all_settings() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for setting in 0..settings::count() as u8 {
        for word in [0, 5, 7, 10, 12] {
            seeds.push(vec![0, setting, 2, word + setting % 5]);
        }
        seeds.push(vec![1, setting, 1, 64, 0, 0, 0, 0, setting + 1, 0, 3, b'a', b'.', b'b']);
    }
    seeds
}
