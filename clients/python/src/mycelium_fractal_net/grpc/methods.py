"""The five methods: where each is, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .results import Answer, FeatureFrame, FeatureResponse, SimulationFrame, SimulationResult, ValidationResult

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Method(Generic[A]):
    """One method of the API."""

    path: str
    decode: Callable[[bytes], A]


RUN_SIMULATION = Method("/mfn.MFNSimulationService/RunSimulation", SimulationResult.decode)
STREAM_SIMULATION = Method("/mfn.MFNSimulationService/StreamSimulation", SimulationFrame.decode)
EXTRACT_FEATURES = Method("/mfn.MFNFeaturesService/ExtractFeatures", FeatureResponse.decode)
STREAM_FEATURES = Method("/mfn.MFNFeaturesService/StreamFeatures", FeatureFrame.decode)
VALIDATE_PATTERN = Method("/mfn.MFNValidationService/ValidatePattern", ValidationResult.decode)
