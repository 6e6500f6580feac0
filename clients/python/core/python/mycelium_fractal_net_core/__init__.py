"""The MFN core in this process: simulations, features and validation, with the bits that a server answers.

All functions release the interpreter's lock while they compute, so threads run side by side, and Ctrl-C stops them.
A parameter out of its range raises ``ValueError`` that names every one. Ranges, for all functions:

====================  =======================================================================
``seed``              seed of all random words, any int32
``grid_size``         cells along one edge of the lattice, 4 to 1024
``steps``             steps, 1 to 10000
``alpha``             diffusion coefficient (no unit), from 0.05 to below 0.25
``spike_probability`` probability of a growth event in one step, 0 to 1
``turing_enabled``    whether the activator and inhibitor lattices act on the potential
``quantum_jitter``    whether every cell gets Gaussian noise at every step; servers add it to
                      validations only
====================  =======================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from . import _native

__all__ = [
    "Ensemble",
    "Features",
    "Simulation",
    "State",
    "Validation",
    "compute_fractal_features",
    "run_validation",
    "simulate_many",
    "simulate_mycelium_field",
    "stream_states",
]

Array = npt.NDArray[np.float64]

_MV_PER_V = 1000.0


@dataclass(frozen=True, eq=False)
class Simulation:
    """The final state of a simulation."""

    #: The potentials in volts, an array (N, N), as the core computes with them.
    field_V: Array
    #: Growth events of the whole simulation, 0 to ``steps``.
    growth_events: int
    #: Smallest potential, in mV, -95 to 40.
    pot_min_mV: float
    #: Largest potential, in mV, -95 to 40.
    pot_max_mV: float
    #: Mean of the potentials, in mV.
    pot_mean_mV: float
    #: Population standard deviation of the potentials, in mV.
    pot_std_mV: float
    #: Box-counting dimension of the active mask (no unit), 0 to about 2.
    fractal_dimension: float

    @property
    def field(self) -> Array:
        """The potentials in mV, an array (N, N): the field of a server's answer."""
        return self.field_V * _MV_PER_V

    def __repr__(self) -> str:
        size = self.field_V.shape[0]
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name not in ("field_V", "step"))
        return f"{type(self).__name__}({size} x {size}, {', '.join(shown)})"


@dataclass(frozen=True, eq=False, repr=False)
class State(Simulation):
    """One state of a simulation that runs."""

    #: Completed steps, 1 to ``steps``.
    step: int

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, step={self.step})"


@dataclass(frozen=True)
class Features:
    """The features of a field."""

    #: Box-counting dimension of the active mask (no unit), 0 to about 2.
    fractal_dimension: float
    #: Gliding-box lacunarity of the active mask (no unit), at least 1; 0 for an empty mask.
    lacunarity: float
    #: Hurst exponent of the potential (no unit), 0 to 1.
    hurst_exponent: float
    #: Mean of the power spectrum without its zero frequency, in mV^2.
    spectral_energy_mean: float
    #: Population standard deviation of the same values, in mV^2.
    spectral_energy_std: float
    #: Active cells, 0 to N^2.
    active_nodes: int
    #: Pairs of active neighbours over all pairs of neighbours (no unit), 0 to 1.
    edge_density: float
    #: Transitivity of the graph of active cells (no unit), 0 to 1.
    clustering_coefficient: float


@dataclass(frozen=True)
class Validation:
    """What the training run and the physical checks gave."""

    #: Mean squared error of the first batch, before its update.
    loss_start: float
    #: Mean squared error of the last batch, before its update.
    loss_final: float
    #: ``loss_start - loss_final``.
    loss_drop: float
    #: Smallest potential of all training samples, in mV.
    pot_min_mV: float
    #: Largest potential of all training samples, in mV.
    pot_max_mV: float
    #: Box-counting dimension of the example (no unit), 0 to about 2.
    example_fractal_dim: float
    #: Lyapunov exponent of a random iterated function system, per iteration.
    lyapunov_exponent: float
    #: Growth events of the example.
    growth_events: int
    #: Nernst potential of potassium with the logarithms taken apart, in mV.
    nernst_symbolic_mV: float
    #: Nernst potential of potassium with the logarithm of the ratio, in mV.
    nernst_numeric_mV: float


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The final states of many simulations, in the order of their seeds."""

    #: The seeds, an array (S,).
    seeds: npt.NDArray[np.int64]
    #: The potentials in mV, an array (S, N, N); ``None`` without ``include_fields``.
    fields: Array | None
    #: Growth events, an array (S,).
    growth_events: npt.NDArray[np.int64]
    #: Smallest potentials, in mV, an array (S,).
    pot_min_mV: Array
    #: Largest potentials, in mV, an array (S,).
    pot_max_mV: Array
    #: Means of the potentials, in mV, an array (S,).
    pot_mean_mV: Array
    #: Population standard deviations of the potentials, in mV, an array (S,).
    pot_std_mV: Array
    #: Box-counting dimensions of the active masks (no unit), an array (S,).
    fractal_dimension: Array

    def __len__(self) -> int:
        return len(self.seeds)

    def __repr__(self) -> str:
        shape = "no fields" if self.fields is None else f"fields {self.fields.shape}"
        return f"Ensemble({len(self)} seeds, {shape})"


def simulate_mycelium_field(
    seed: int = 0,
    grid_size: int = 64,
    steps: int = 64,
    alpha: float = 0.18,
    spike_probability: float = 0.25,
    turing_enabled: bool = False,
    quantum_jitter: bool = False,
) -> Simulation:
    """Run one simulation and return its final state, as ``RunSimulation`` summarises it."""
    field, summary = _native.simulate(seed, grid_size, steps, alpha, spike_probability, turing_enabled, quantum_jitter)
    return Simulation(_square(field, grid_size), *summary)


def stream_states(
    seed: int = 0,
    grid_size: int = 64,
    steps: int = 64,
    stream_interval: int = 10,
    alpha: float = 0.18,
    spike_probability: float = 0.25,
    turing_enabled: bool = False,
    quantum_jitter: bool = False,
) -> Iterator[State]:
    """Run one simulation and yield its state after every ``stream_interval`` steps and after the last one."""
    states = _native.States(
        seed, grid_size, steps, stream_interval, alpha, spike_probability, turing_enabled, quantum_jitter
    )
    return (State(_square(field, grid_size), *summary, step) for step, field, summary in states)


def compute_fractal_features(state: Simulation | Array) -> Features:
    """Extract the features of a state, as ``ExtractFeatures`` answers them.

    ``state`` is what the functions above return, or an array (N, N) of potentials in volts, -0.095 to 0.040.
    """
    field = np.ascontiguousarray(state.field_V if isinstance(state, Simulation) else state, dtype=np.float64)
    if field.ndim != 2 or field.shape[0] != field.shape[1]:
        raise ValueError(f"the field must be an array (N, N), not one of shape {field.shape}")
    return Features(*_native.features_of(field.tobytes(), field.shape[0]))


def run_validation(
    seed: int = 0,
    epochs: int = 1,
    batch_size: int = 4,
    grid_size: int = 64,
    steps: int = 64,
    turing_enabled: bool = False,
    quantum_jitter: bool = False,
) -> Validation:
    """Train the reference network on simulated samples, as ``ValidatePattern`` does.

    ``epochs`` are the passes over the training samples, 1 to 100; ``batch_size`` is samples a batch, 1 to 64.
    """
    return Validation(
        *_native.run_validation(seed, epochs, batch_size, grid_size, steps, turing_enabled, quantum_jitter)
    )


def simulate_many(
    seeds: Sequence[int] | npt.NDArray[np.integer],
    grid_size: int = 64,
    steps: int = 64,
    alpha: float = 0.18,
    spike_probability: float = 0.25,
    turing_enabled: bool = False,
    quantum_jitter: bool = False,
    *,
    threads: int = 0,
    include_fields: bool = True,
) -> Ensemble:
    """Run a simulation for each seed, on all cores (or ``threads`` threads), and return them in the seeds' order."""
    listed = [int(seed) for seed in seeds]
    field, summaries = _native.simulate_many(
        listed, grid_size, steps, alpha, spike_probability, turing_enabled, quantum_jitter, threads, include_fields
    )
    columns = np.array(summaries, dtype=np.float64).reshape(len(listed), 6).T
    shaped = (
        np.frombuffer(field, dtype=np.float64).reshape(len(listed), grid_size, grid_size) if include_fields else None
    )
    return Ensemble(np.array(listed, dtype=np.int64), shaped, columns[0].astype(np.int64), *columns[1:])


def _square(field: bytearray, size: int) -> Array:
    return np.frombuffer(field, dtype=np.float64).reshape(size, size)
