//! The files that messages and methods are described by.

/// Their names, as tools import them, and their texts. The first is that of MFN.
pub const FILES: [(&str, &str); 5] = [
    ("mfn.proto", include_str!("../../../proto/mfn.proto")),
    ("error_details.proto", include_str!("../proto/error_details.proto")),
    ("health.proto", include_str!("../proto/health.proto")),
    ("reflection_v1.proto", include_str!("../proto/reflection_v1.proto")),
    ("reflection_v1alpha.proto", include_str!("../proto/reflection_v1alpha.proto")),
];
