use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use serde_json::json;

use super::*;

/// A message with fields of all kinds.
fn all() -> MessageDescriptor {
    let pool = DescriptorPool::decode(mfn_web_protos::MESSAGES).expect("they go together");
    pool.get_message_by_name("test.All").expect("it is there")
}

/// What this writer makes of `encoded`, which comes in parts of so many bytes.
fn written(message: &MessageDescriptor, encoded: &[u8], part: usize, enough: usize) -> String {
    let mut writer = JsonWriter::new(message.clone(), encoded.len());
    let mut written = Vec::new();
    let mut parts = encoded.chunks(part);
    loop {
        let mut json = Vec::new();
        writer.write(&mut json, enough).expect("it is a message");
        written.extend_from_slice(&json);
        if writer.is_complete() {
            return String::from_utf8(written).expect("UTF-8");
        }
        if json.len() < enough {
            writer.push(parts.next().expect("no more than all is needed"));
        }
    }
}

/// As JSON has it.
fn double() -> impl Strategy<Value = serde_json::Value> {
    let any = prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MIN_POSITIVE),
        Just(-5e-324),
        Just(f64::MIN),
    ];
    any.prop_map(|value| match serde_json::Number::from_f64(value) {
        Some(number) => number.into(),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    })
}

/// A message in JSON, with some of its fields.
fn some_message() -> impl Strategy<Value = serde_json::Value> {
    let fields = (
        double(),
        any::<(i32, i64, u32, u64)>(),
        any::<(i32, i64, u32, u64, i32, i64)>(),
        any::<(bool, bool, i16)>(),
        (".*", ".*", prop::collection::vec(any::<u8>(), 0..9)),
        prop::collection::vec(double(), 0..40),
        prop::collection::vec(any::<i32>(), 0..3),
        prop::collection::vec(".*", 0..3),
        prop::collection::btree_map("[a-z\"\\\\]*", double(), 0..3),
    );
    let leaf = fields.prop_map(|(double, a, b, c, texts, doubles, ints, strings, by_name)| {
        json!({
            "aDouble": double, "aFloat": f32::from(c.2) / 16.0, "anInt32": a.0,
            "anInt64": a.1.to_string(), "aUint32": a.2, "aUint64": a.3.to_string(),
            "aSint32": b.0, "aSint64": b.1.to_string(), "aFixed32": b.2,
            "aFixed64": b.3.to_string(), "aSfixed32": b.4, "aSfixed64": b.5.to_string(),
            "aBool": c.0, "aString": texts.0, "left": texts.1,
            "someBytes": STANDARD.encode(texts.2), "perhaps": 0,
            "colour": if c.1 { "GREEN" } else { "RED" }, "colours": ["RED", "GREEN"],
            "doubles": doubles, "ints": ints, "strings": strings, "byName": by_name,
            "byTruth": { "true": "x" }, "time": "1.5s",
            "any": { "@type": "type.googleapis.com/test.All", "anInt32": 7 },
            "valueMV": 1, "last": [1.0],
        })
    });
    leaf.prop_recursive(3, 6, 2, |inner| {
        (inner.clone(), inner.clone(), inner).prop_map(|(mut outer, one, other)| {
            outer["inner"] = one.clone();
            outer["inners"] = json!([one, {}, other]);
            outer["byNumber"] = json!({ "7": one });
            outer
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_message_is_written_as_the_library_of_protobuf_has_it(
        json in some_message(),
        part in prop_oneof![1_usize..40, Just(usize::MAX)],
        enough in prop_oneof![1_usize..100, Just(usize::MAX)],
    ) {
        let message = all();
        let decoded = DynamicMessage::deserialize(message.clone(), &json).expect("a message");
        let encoded = decoded.encode_to_vec();
        let written = written(&message, &encoded, part, enough);
        let written: serde_json::Value = serde_json::from_str(&written).expect("JSON");
        prop_assert_eq!(written, serde_json::to_value(&decoded).expect("JSON"));
    }
}

// shows MFN-WEB-011, MFN-WEB-012
#[test]
fn a_double_is_the_shortest_decimal_that_reads_back_to_it() {
    let message = all();
    for (value, expected) in [
        (0.1 + 0.2, r#"{"aDouble":0.30000000000000004}"#),
        (-70.603_422_766_549_97, r#"{"aDouble":-70.60342276654997}"#),
        (5e-324, r#"{"aDouble":5e-324}"#),
        (f64::NAN, r#"{"aDouble":"NaN"}"#),
        (f64::NEG_INFINITY, r#"{"aDouble":"-Infinity"}"#),
    ] {
        let mut decoded = DynamicMessage::new(message.clone());
        decoded.set_field_by_name("a_double", Value::F64(value));
        assert_eq!(written(&message, &decoded.encode_to_vec(), 1, 1), expected);
    }
}

#[test]
fn the_rest_of_a_message_that_is_a_list_of_doubles_is_no_longer_than_was_said() {
    let message = all();
    let mut inner = DynamicMessage::new(message.clone());
    let longest = Value::F64(-f64::MIN_POSITIVE);
    inner.set_field_by_name("last", Value::List(vec![longest; 1000]));
    let mut decoded = DynamicMessage::new(message.clone());
    decoded.set_field_by_name("inners", Value::List(vec![Value::Message(inner)]));
    let encoded = decoded.encode_to_vec();
    let mut writer = JsonWriter::new(message, encoded.len());
    assert_eq!(writer.most_left(), None, "nothing has come");
    writer.push(&encoded);
    writer.write(&mut Vec::new(), 100).expect("a message");
    let most = writer.most_left().expect("nothing else is left");
    let mut rest = Vec::new();
    writer.write(&mut rest, usize::MAX).expect("a message");
    assert!(writer.is_complete());
    assert!((most - 10..=most).contains(&rest.len()), "{} of {most}", rest.len());
}

#[test]
fn what_is_no_message_is_not_written() {
    let message = all();
    for wrong in [
        // A tag without an end, a string for a double, a group.
        &[0xff; 12][..],
        &[0x0a, 1, 0],
        &[0x0b],
        // A string that is no UTF-8.
        &[0x72, 1, 0xff],
        // A field that is not repeated, twice.
        &[0x68, 1, 0x68, 1],
        // A message within a message that goes on beyond it.
        &[0x8a, 1, 1, 0x68],
    ] {
        let written = JsonWriter::write_whole(message.clone(), wrong, &mut Vec::new());
        assert_eq!(written, Err(Malformed), "{wrong:?}");
    }
    let deep = (0..200).fold(Vec::new(), |inner, _| {
        let mut outer = vec![0x8a, 1];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        [outer, inner].concat()
    });
    assert_eq!(JsonWriter::write_whole(message, &deep, &mut Vec::new()), Err(Malformed));
}
