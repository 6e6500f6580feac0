"""The five methods: where each is, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError

from .errors import Internal
from .results import Answer, FeatureFrame, FeatureResponse, SimulationFrame, SimulationResult, ValidationResult

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Method(Generic[A]):
    """One method of the API."""

    path: str
    answer: type[A]

    def decode(self, data: bytes, address: str) -> A:
        """Make an answer of the encoded message that ``address`` sent, or raise ``Internal`` if it is none."""
        # grpcio would log what a deserializer raises, and give its caller None.
        try:
            return self.answer.decode(data)
        except (DecodeError, ValueError) as error:
            message = f"the server sent {len(data)} bytes that are no {self.answer.__name__}: {error}"
            raise Internal(message, address=address) from error


RUN_SIMULATION = Method("/mfn.MFNSimulationService/RunSimulation", SimulationResult)
STREAM_SIMULATION = Method("/mfn.MFNSimulationService/StreamSimulation", SimulationFrame)
EXTRACT_FEATURES = Method("/mfn.MFNFeaturesService/ExtractFeatures", FeatureResponse)
STREAM_FEATURES = Method("/mfn.MFNFeaturesService/StreamFeatures", FeatureFrame)
VALIDATE_PATTERN = Method("/mfn.MFNValidationService/ValidatePattern", ValidationResult)
