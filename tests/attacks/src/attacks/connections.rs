//! Connections that are begun and lead to nothing.

use conformance_wire::frames::PREFACE;

use super::{Attack, Form, hello};
use crate::attacker::{Piece, Transport};

/// The beginning of TLS's first message, and nothing after it.
const HALF_A_HELLO: &[u8] = &[22, 3, 1, 2, 0, 1];
/// The head of a record of TLS of 16 KiB, which are a part of a handshake.
const RECORD: [u8; 5] = [22, 3, 1, 0x40, 0];
const RECORD_BYTES: usize = 16 * 1024;
/// A first message of the longest length that it can say.
const LONG_HELLO: [u8; 4] = [1, 0xff, 0xff, 0xff];
const ZEROS: usize = 1 << 16;
/// Connections that send much, of which nothing is anything.
const SENDERS: usize = 100;

pub(super) fn all(form: Form) -> Vec<Attack> {
    vec![
        Attack::new("connections that say nothing", form.many(), |_| Vec::new())
            .sends("nothing")
            .known_as("slowloris, CVE-2007-6750")
            .by(Transport::Bare)
            .that_must_end(),
        Attack::new("half a preface", form.many(), |_| vec![Piece::once(&PREFACE[..10])])
            .sends("the first ten bytes of HTTP/2")
            .known_as("slowloris")
            .by(Transport::Bare)
            .that_must_end(),
        Attack::new("TLS: half a handshake", form.many(), |_| vec![Piece::once(HALF_A_HELLO)])
            .sends("the first six bytes of TLS")
            .known_as("slowloris")
            .by(Transport::Bare)
            .with_tls()
            .that_must_end(),
        Attack::new("TLS: nothing but zeros", SENDERS, |means| {
            vec![Piece::repeated(vec![0; ZEROS], means.form.share(SENDERS) / ZEROS + 1)]
        })
        .sends("zeros in the place of a handshake")
        .by(Transport::Bare)
        .with_tls()
        .that_must_end()
        .that_fills_by_sending(),
        Attack::new("TLS: a first message of 16 MiB", SENDERS, |means| {
            let rest = RECORD_BYTES - LONG_HELLO.len();
            let first = [&RECORD[..], &LONG_HELLO, &vec![0; rest]].concat();
            let more = [&RECORD[..], &[0; RECORD_BYTES]].concat();
            let times = means.form.share(SENDERS) / RECORD_BYTES + 1;
            vec![Piece::once(first), Piece::repeated(more, times)]
        })
        .sends("a handshake whose first message is as long as can be")
        .by(Transport::Bare)
        .with_tls()
        .that_must_end()
        .that_fills_by_sending(),
        Attack::new("TLS: handshakes, and nothing after", 100, |_| Vec::new())
            .sends("a whole handshake, and then nothing")
            .known_as("slowloris")
            .with_tls()
            .that_must_end(),
        Attack::new("TLS: handshakes in churn", 20, |_| Vec::new())
            .sends("whole handshakes, one after the other, each on a new connection")
            .known_as("THC-SSL-DoS")
            .with_tls()
            .by(Transport::Churned(20 * form.scale)),
        Attack::new("TLS: flood of new keys", 20, |_| Vec::new())
            .sends("KeyUpdate without end, each of which asks for the server's")
            .with_tls()
            .by(Transport::Rekeyed(1000 * form.scale))
            .that_must_end(),
        // More than may be open: those make way that show no key.
        Attack::new("more connections than may be", 3 * form.many(), |_| {
            vec![Piece::once(hello(&[]))]
        })
        .sends("the beginning of HTTP/2, on more connections than may be open")
        .that_displaces_others(),
    ]
}
