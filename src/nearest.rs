//! What a person may have meant.

use strsim::damerau_levenshtein;

/// Letters of a name, for each of which one may be wrong. In a short name one may
/// be wrong as well.
const LETTERS_A_SLIP: usize = 5;

/// The one of `known` that is most like `name`, if one is much like it.
pub(crate) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let slips = known.iter().map(|known| (damerau_levenshtein(name, known), *known));
    slips
        .filter(|(slips, known)| {
            let longer = name.chars().count().max(known.chars().count());
            name.chars().count() > 1 && *slips <= (longer / LETTERS_A_SLIP).max(1)
        })
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_what_was_meant() {
        let known = ["MFN_GRPC_PORT", "MFN_GRPC_HOST", "MFN_LOG"];
        let meant = |name| nearest(name, &known);
        assert_eq!(meant("MFN_GRPC_PROT"), Some("MFN_GRPC_PORT"));
        assert_eq!(meant("MFN_GPRC_HOST"), Some("MFN_GRPC_HOST"));
        assert_eq!(meant("MFN_LOGS"), Some("MFN_LOG"));
        assert_eq!(meant("MFN_SOMETHING_ELSE"), None);
        let known = ["stderr", "off"];
        assert_eq!(nearest("of", &known), Some("off"));
        assert_eq!(nearest("off", &known), Some("off"));
        for other in ["", "o", "on", "stdout", "audit"] {
            assert_eq!(nearest(other, &known), None, "{other}");
        }
    }
}
