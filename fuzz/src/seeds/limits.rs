//! Calls that come and end, and one that is refused.

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![[&[0, 3][..], &[4; 12], &[1, 4, 5, 4], &[0, 1, 4, 4]].concat()];
    seeds.push([&[1, 3][..], &[2; 5], &[1, 0, 2, 0, 1, 2, 1, 1]].concat());
    seeds.push(
        [&[2, 4][..], &[2, 128, 2, 128, 2, 129, 1, 129, 2, 129, 4, 2, 130], &[4; 8]].concat(),
    );
    // One that is refused since all places are taken.
    seeds.push(vec![2, 1, 2, 128, 2, 129]);
    seeds
}
