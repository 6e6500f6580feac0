//! The given names, numbers and types, held against the descriptor set: what a
//! client was built on never changes.

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    ServiceDescriptorProto,
};

const SERVICES: &[(&str, &[&str])] = &[
    (
        "MFNFeaturesService",
        &[
            "ExtractFeatures(FeatureRequest) returns (FeatureResponse)",
            "StreamFeatures(FeatureStreamRequest) returns (stream FeatureFrame)",
        ],
    ),
    (
        "MFNSimulationService",
        &[
            "RunSimulation(SimulationRequest) returns (SimulationResult)",
            "StreamSimulation(SimulationStreamRequest) returns (stream SimulationFrame)",
        ],
    ),
    ("MFNValidationService", &["ValidatePattern(ValidationRequest) returns (ValidationResult)"]),
];

const MESSAGES: &[(&str, &[&str])] = &[
    ("ResponseMeta", &["map<string, string> meta = 1"]),
    (
        "FeatureRequest",
        &[
            "string request_id = 1",
            "int32 seed = 2",
            "int32 grid_size = 3",
            "int32 steps = 4",
            "double alpha = 5",
            "optional double spike_probability = 6",
            "bool turing_enabled = 7",
        ],
    ),
    (
        "FeatureStreamRequest",
        &[
            "string request_id = 1",
            "int32 seed = 2",
            "int32 grid_size = 3",
            "int32 steps = 4",
            "int32 stream_interval = 5",
            "double alpha = 6",
            "optional double spike_probability = 7",
            "bool turing_enabled = 8",
        ],
    ),
    (
        "FeatureResponse",
        &[
            "string request_id = 1",
            "ResponseMeta meta = 2",
            "double fractal_dimension = 3",
            "double lacunarity = 4",
            "double hurst_exponent = 5",
            "double spectral_energy_mean = 6",
            "double spectral_energy_std = 7",
            "int32 active_nodes = 8",
            "double edge_density = 9",
            "double clustering_coefficient = 10",
        ],
    ),
    (
        "FeatureFrame",
        &[
            "string request_id = 1",
            "int32 step = 2",
            "double fractal_dimension = 3",
            "double spectral_energy_mean = 4",
            "int32 active_nodes = 5",
            "double lacunarity = 6",
            "double hurst_exponent = 7",
            "double spectral_energy_std = 8",
            "double edge_density = 9",
            "double clustering_coefficient = 10",
            "bool is_final = 11",
        ],
    ),
    (
        "SimulationRequest",
        &[
            "string request_id = 1",
            "int32 seed = 2",
            "int32 grid_size = 3",
            "int32 steps = 4",
            "double alpha = 5",
            "optional double spike_probability = 6",
            "bool turing_enabled = 7",
            "bool include_field = 8",
        ],
    ),
    (
        "SimulationStreamRequest",
        &[
            "string request_id = 1",
            "int32 seed = 2",
            "int32 grid_size = 3",
            "int32 steps = 4",
            "int32 stream_interval = 5",
            "double alpha = 6",
            "optional double spike_probability = 7",
            "bool turing_enabled = 8",
            "bool include_field = 9",
        ],
    ),
    ("PotentialField", &["int32 grid_size = 1", "repeated double values_mV = 2"]),
    (
        "SimulationResult",
        &[
            "string request_id = 1",
            "ResponseMeta meta = 2",
            "int32 growth_events = 3",
            "double pot_min_mV = 4",
            "double pot_max_mV = 5",
            "double pot_mean_mV = 6",
            "double pot_std_mV = 7",
            "double fractal_dimension = 8",
            "PotentialField field = 9",
        ],
    ),
    (
        "SimulationFrame",
        &[
            "string request_id = 1",
            "int32 step = 2",
            "int32 growth_events = 3",
            "double pot_mean_mV = 4",
            "double fractal_dimension = 5",
            "double pot_min_mV = 6",
            "double pot_max_mV = 7",
            "double pot_std_mV = 8",
            "bool is_final = 9",
            "PotentialField field = 10",
        ],
    ),
    (
        "ValidationRequest",
        &[
            "string request_id = 1",
            "int32 seed = 2",
            "int32 epochs = 3",
            "int32 batch_size = 4",
            "int32 grid_size = 5",
            "int32 steps = 6",
            "bool turing_enabled = 7",
            "bool quantum_jitter = 8",
        ],
    ),
    (
        "ValidationResult",
        &[
            "string request_id = 1",
            "ResponseMeta meta = 2",
            "double loss_start = 3",
            "double loss_final = 4",
            "double loss_drop = 5",
            "double pot_min_mV = 6",
            "double pot_max_mV = 7",
            "double example_fractal_dim = 8",
            "double lyapunov_exponent = 9",
            "double growth_events = 10",
            "double nernst_symbolic_mV = 11",
            "double nernst_numeric_mV = 12",
        ],
    ),
];

#[test]
fn the_file_is_proto3_of_package_mfn() {
    let file = file();
    assert_eq!(file.syntax(), "proto3");
    assert_eq!(file.package(), "mfn");
}

// shows MFN-WIRE-001
#[test]
fn every_service_has_its_methods() {
    let file = file();
    let found: Vec<_> = file.service.iter().map(|s| (s.name(), methods(s))).collect();
    assert_eq!(found, expected(SERVICES));
}

// shows MFN-WIRE-001
#[test]
fn every_message_has_its_fields() {
    let file = file();
    let mut found: Vec<_> = file.message_type.iter().map(|m| (m.name(), fields(m))).collect();
    let mut expected = expected(MESSAGES);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

/// A reader of the descriptor set, through reflection say, finds a comment at
/// every service, method, message and field.
#[test]
fn everything_is_commented() {
    let file = file();
    let info = file.source_code_info.as_ref().expect("the set has source information");
    // Paths of descriptor.proto: message 4, its field 2; service 6, its method 2.
    let named = |path: &[i32]| matches!(path, [4 | 6, _] | [4 | 6, _, 2, _]);
    let uncommented: Vec<_> = info
        .location
        .iter()
        .filter(|place| named(&place.path) && place.leading_comments().trim().is_empty())
        .map(|place| &place.path)
        .collect();
    assert!(uncommented.is_empty(), "no comment at {uncommented:?}");
    assert!(info.location.iter().any(|place| named(&place.path)));
}

fn file() -> FileDescriptorProto {
    let set = FileDescriptorSet::decode(mfn_proto::FILE_DESCRIPTOR_SET).expect("a descriptor set");
    let [file] = <[FileDescriptorProto; 1]>::try_from(set.file).expect("one file");
    file
}

fn expected(table: &[(&'static str, &[&str])]) -> Vec<(&'static str, Vec<String>)> {
    let owned = |lines: &[&str]| lines.iter().map(ToString::to_string).collect();
    table.iter().map(|(name, lines)| (*name, owned(lines))).collect()
}

fn methods(service: &ServiceDescriptorProto) -> Vec<String> {
    let method = |m: &prost_types::MethodDescriptorProto| {
        assert!(!m.client_streaming(), "{} takes one request", m.name());
        let stream = if m.server_streaming() { "stream " } else { "" };
        let (input, output) = (local(m.input_type()), local(m.output_type()));
        format!("{}({input}) returns ({stream}{output})", m.name())
    };
    service.method.iter().map(method).collect()
}

fn fields(message: &DescriptorProto) -> Vec<String> {
    message.field.iter().map(|field| declaration(message, field)).collect()
}

/// The field as the proto file declares it.
fn declaration(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let entry = message
        .nested_type
        .iter()
        .find(|nested| local(field.type_name()).ends_with(&format!(".{}", nested.name())));
    let (label, kind) = match entry {
        Some(entry) => {
            let [key, value] = [&entry.field[0], &entry.field[1]].map(type_name);
            ("", format!("map<{key}, {value}>"))
        }
        None if field.label() == Label::Repeated => ("repeated ", type_name(field)),
        None if field.proto3_optional() => ("optional ", type_name(field)),
        None => ("", type_name(field)),
    };
    format!("{label}{kind} {} = {}", field.name(), field.number())
}

fn type_name(field: &FieldDescriptorProto) -> String {
    match field.r#type() {
        Type::String => "string".to_owned(),
        Type::Int32 => "int32".to_owned(),
        Type::Double => "double".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Message => local(field.type_name()).to_owned(),
        other => panic!("{} has the unforeseen type {other:?}", field.name()),
    }
}

fn local(type_name: &str) -> &str {
    type_name.strip_prefix(".mfn.").unwrap_or(type_name)
}
