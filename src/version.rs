//! What the program says of itself.

use std::sync::LazyLock;

use mfn_core::InstructionSet;

/// The commit that the program was built from, if `build.rs` or a packager told it.
const COMMIT: Option<&str> = option_env!("MFN_BUILD_COMMIT");

static LONG: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\ncommit           {}\nspec             {}\ninstruction set  {}",
        env!("CARGO_PKG_VERSION"),
        COMMIT.unwrap_or("not recorded"),
        mfn_server::SPEC_VERSION,
        InstructionSet::detect().name(),
    )
});

/// The version, and what tells two programs of one version apart.
pub(crate) fn long() -> &'static str {
    &LONG
}
