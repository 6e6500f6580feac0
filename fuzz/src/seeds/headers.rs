//! Timeouts and traces.

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
    let mut values: Vec<_> =
        ["1H", "99999999H", "60M", "200m", "5u", "7n", "0S", "S", "123456789S", "1s"]
            .map(str::to_owned)
            .into();
    values.extend(["00", "01", "ff"].map(|version| format!("{version}-{trace}-01")));
    values.push(format!("01-{trace}-01-more"));
    values.into_iter().map(String::into_bytes).collect()
}
