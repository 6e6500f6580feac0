"""What the calls return: plain objects with the wire's names, potentials in mV."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np
from google.protobuf.message import Message

from . import mfn_pb2, wire
from .wire import Field

A = TypeVar("A", bound="Answer")


class Meta(dict[str, str]):
    """What is said about an answer, by name."""

    @property
    def meta(self) -> Meta:
        """Itself, so that ``answer.meta.meta["status"]`` reads as it does for the message."""
        return self


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer:
    """What all answers have. Two are equal if their numbers are, whatever their calls were named."""

    message: ClassVar[type[Message]]
    #: The number of the field of potentials in the message; 0 is none.
    field_number: ClassVar[int] = 0

    #: The name of the call.
    request_id: str
    encoded: bytes = dataclasses.field(repr=False)

    @classmethod
    def decode(cls: type[A], data: bytes) -> A:
        """Make an answer of its encoded message."""
        rest, field = wire.split(data, cls.field_number) if cls.field_number else (data, None)
        message: Any = cls.message()
        message.ParseFromString(rest)
        values: dict[str, Any] = {"encoded": data}
        for name in (f.name for f in dataclasses.fields(cls) if f.name != "encoded"):
            if name == "meta":
                values[name] = Meta(message.meta.meta)
            elif name == "field":
                values[name] = _plain_field(message) if field is None else field
            else:
                values[name] = getattr(message, name)
        return cls(**values)

    @property
    def raw(self) -> Any:
        """The protobuf message as it came."""
        message = self.message()
        message.ParseFromString(self.encoded)
        return message

    def to_dict(self) -> dict[str, Any]:
        """Return every value under its name."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "encoded"}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Answer) or type(other) is not type(self):
            return NotImplemented
        ours, theirs = self.to_dict(), other.to_dict()
        return all(_same(ours[name], theirs[name]) for name in ours if name not in ("request_id", "meta"))

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulationResult(Answer):
    """The final state of a simulation."""

    message = mfn_pb2.SimulationResult
    field_number = 9

    #: What is said about the answer: ``status`` and ``spec``.
    meta: Meta
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
    #: The potentials in mV, an array (N, N), where ``include_field`` asked for them.
    field: Field | None = dataclasses.field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class SimulationFrame(Answer):
    """One state of a streamed simulation."""

    message = mfn_pb2.SimulationFrame
    field_number = 10

    #: Completed steps, 1 to ``steps``.
    step: int
    #: Growth events of all completed steps.
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
    #: True on the last frame of the stream and on no other.
    is_final: bool
    #: The potentials in mV, an array (N, N), where ``include_field`` asked for them.
    field: Field | None = dataclasses.field(repr=False)


@dataclass(frozen=True, eq=False, kw_only=True)
class FeatureResponse(Answer):
    """The features of the final state of a simulation."""

    message = mfn_pb2.FeatureResponse

    #: What is said about the answer: ``status`` and ``spec``.
    meta: Meta
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


@dataclass(frozen=True, eq=False, kw_only=True)
class FeatureFrame(Answer):
    """The features of one state of a streamed simulation."""

    message = mfn_pb2.FeatureFrame

    #: Completed steps, 1 to ``steps``.
    step: int
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
    #: True on the last frame of the stream and on no other.
    is_final: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class ValidationResult(Answer):
    """What the training run and the physical checks gave."""

    message = mfn_pb2.ValidationResult

    #: What is said about the answer: ``status`` and ``spec``.
    meta: Meta
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
    #: Growth events of the example, a whole number.
    growth_events: float
    #: Nernst potential of potassium with the logarithms taken apart, in mV.
    nernst_symbolic_mV: float
    #: Nernst potential of potassium with the logarithm of the ratio, in mV.
    nernst_numeric_mV: float


def _plain_field(message: Any) -> Field | None:
    if not message.HasField("field"):
        return None
    size = message.field.grid_size
    return np.array(message.field.values_mV, dtype=np.float64).reshape(size, size)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and np.shape(one) == np.shape(other) and bool(np.all(one == other))
