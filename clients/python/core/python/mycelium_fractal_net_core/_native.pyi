"""The compiled part."""

from collections.abc import Iterator

Summary = tuple[int, float, float, float, float, float]

def simulate(
    seed: int,
    grid_size: int,
    steps: int,
    alpha: float,
    spike_probability: float,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> tuple[bytearray, Summary]: ...
def simulate_many(
    seeds: list[int],
    grid_size: int,
    steps: int,
    alpha: float,
    spike_probability: float,
    turing_enabled: bool,
    quantum_jitter: bool,
    threads: int,
    include_fields: bool,
) -> tuple[bytearray, list[Summary]]: ...
def features_of(field_v: bytes, size: int) -> tuple[float, float, float, float, float, int, float, float]: ...
def run_validation(
    seed: int,
    epochs: int,
    batch_size: int,
    grid_size: int,
    steps: int,
    turing_enabled: bool,
    quantum_jitter: bool,
) -> tuple[float, float, float, float, float, float, float, int, float, float]: ...

class States(Iterator[tuple[int, bytearray, Summary]]):
    def __new__(
        cls,
        seed: int,
        grid_size: int,
        steps: int,
        stream_interval: int,
        alpha: float,
        spike_probability: float,
        turing_enabled: bool,
        quantum_jitter: bool,
    ) -> States: ...
    def __next__(self) -> tuple[int, bytearray, Summary]: ...
