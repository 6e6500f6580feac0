use super::*;
use crate::oracle_failures::assert_fails_with;

const MS: Duration = Duration::from_millis(1);

#[test]
fn a_call_is_admitted_as_often_as_it_may() {
    let refused = |wait| Err(RateExceeded { wait });
    // Two calls a second, both of which were made.
    let check = |result, limit, after: Duration| {
        let mut admissions = Admissions::default();
        admissions.check(Ok(()), 2, START);
        admissions.check(Ok(()), 2, START + 10 * MS);
        admissions.check(result, limit, START + after);
    };
    check(Ok(()), 3, 20 * MS);
    check(Ok(()), 0, 20 * MS);
    check(Ok(()), 2, SECOND);
    check(refused(980 * MS), 2, 20 * MS);
    check(refused(990 * MS), 1, 20 * MS);
    for (told, result, limit, after) in [
        ("with a limit of 2", Ok(()), 2, 999 * MS),
        ("with a limit of 2", refused(MS), 2, SECOND),
        ("with a limit of 0", refused(MS), 0, 20 * MS),
        ("the hint at", refused(979 * MS), 2, 20 * MS),
        ("the hint at", refused(980 * MS), 1, 20 * MS),
    ] {
        assert_fails_with(told, || check(result, limit, after));
    }
}

#[test]
fn as_many_calls_are_open_as_may() {
    for (is_admitted, limit, open) in [(true, 2, 1), (false, 2, 2), (false, 2, 3), (true, 0, 9)] {
        check_permit(is_admitted, limit, open);
        let told = format!("{open} of {limit} are open");
        assert_fails_with(&told, || check_permit(!is_admitted, limit, open));
    }
}

#[test]
fn a_signature_serves_once_and_room_comes_in_time() {
    let signer = Signer::new(&Secret::new("a-secret").expect("a secret"));
    let [first, second] = [0, 1].map(|more| signed(&signer, START + SECOND * more));
    let full = |wait| Err(NotOnce::Full { capacity: 1, wait });
    // The first signature was used, and there was no room for another.
    let check = |capacity, result, (timestamp, signature): &(Timestamp, Signature), after, len| {
        let log = BTreeSet::from([(first.0, *first.1.as_bytes())]);
        let mut uses = Uses { capacity, log, has_room: Some(START + SECOND) };
        uses.check(result, (*timestamp, signature), START + after, len);
    };
    check(1, Ok(()), &second, SECOND, 1);
    check(1, Err(NotOnce::Used), &first, SECOND, 1);
    check(1, full(MS), &second, MS, 1);
    check(0, full(MS), &second, SECOND, 0);
    for (told, capacity, result, signed, after, len) in [
        ("served twice", 1, Ok(()), &first, SECOND, 1),
        ("2 of 1 are remembered", 1, Ok(()), &second, SECOND, 2),
        ("was not used before", 1, Err(NotOnce::Used), &second, SECOND, 1),
        ("1 of 1 were used", 1, full(MS), &first, MS, 1),
        ("1 of 2 were used", 2, full(MS), &second, MS, 1),
        ("a wait of 0ns", 1, full(Duration::ZERO), &second, MS, 1),
        ("a wait of 602s", 1, full(2 * MAX_SKEW + 2 * SECOND), &second, MS, 1),
        ("there was to be room", 1, full(MS), &second, SECOND, 1),
    ] {
        assert_fails_with(told, || check(capacity, result, signed, after, len));
    }
}
