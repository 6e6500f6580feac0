//! Connections that are begun and lead to nothing.

use conformance_wire::frames::PREFACE;

use super::{Attack, Means, hello};
use crate::attacker::{Piece, Transport};

/// The beginning of TLS's first message, and nothing after it.
const HALF_A_HELLO: &[u8] = &[22, 3, 1, 2, 0, 1];

pub(super) fn all(means: &Means) -> Vec<Attack> {
    let many = 400 * means.scale.min(8);
    let held = |name, count, pieces| Attack {
        transport: Transport::Bare,
        ..Attack::new(name, count, pieces)
    };
    let by_tls = |attack: Attack| Attack { has_tls: true, ..attack };
    vec![
        held("connections that say nothing", many, Vec::new()).that_must_end(),
        held("half a preface", many, vec![Piece::once(&PREFACE[..10])]).that_must_end(),
        by_tls(held("half a handshake of TLS", many, vec![Piece::once(HALF_A_HELLO)]))
            .that_must_end(),
        by_tls(held("TLS of nothing but zeros", 100, vec![Piece::once(vec![0; 1 << 16])]))
            .that_must_end(),
        by_tls(Attack::new("handshakes of TLS, and nothing after", 100, Vec::new()))
            .that_must_end(),
        // More than may be open: those make way that show no key.
        Attack::new("more connections than may be", 3 * many, vec![Piece::once(hello(&[]))]),
    ]
}
