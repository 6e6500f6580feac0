//! The methods that a call can be signed for: those that a server has.

use super::ghz;
use crate::nearest::nearest;

/// Methods beside MFN's own. Reflection may ask for a signature; health never
/// does, but a tool may sign whatever it calls.
const OTHERS: [&str; 4] = [
    "grpc.health.v1.Health/Check",
    "grpc.health.v1.Health/Watch",
    "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// The full path of a method, which begins with a slash; `text` may begin with one
/// as well. A signature for a method that no server has would only be refused
/// later, and not say why.
pub(super) fn path(text: &str) -> Result<String, String> {
    let name = text.strip_prefix('/').unwrap_or(text);
    let known: Vec<_> = ghz::methods().chain(OTHERS).collect();
    if known.contains(&name) {
        return Ok(format!("/{name}"));
    }
    Err(nearest(name, &known).map_or_else(
        || {
            let methods = ghz::methods().collect::<Vec<_>>().join(", ");
            format!("no server has this method; those of MFN are {methods}")
        },
        |meant| format!("no server has this method; perhaps {meant} is meant"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_may_begin_with_a_slash() {
        const METHOD: &str = "/mfn.MFNSimulationService/RunSimulation";
        assert_eq!(path(METHOD).as_deref(), Ok(METHOD));
        assert_eq!(path(&METHOD[1..]).as_deref(), Ok(METHOD));
        for bad in ["", "/", "mfn.S", "mfn.S/", "/mfn.S", "a/b/c", &format!("/{METHOD}")] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }
}
