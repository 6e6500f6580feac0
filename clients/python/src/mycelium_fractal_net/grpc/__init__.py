"""The MFN gRPC API: clients, their answers and errors, and how to start a server.

>>> from mycelium_fractal_net.grpc import MFNClientSync
>>> with MFNClientSync("localhost:50051") as client:  # doctest: +SKIP
...     client.run_simulation(seed=42).growth_events
12
"""

from .client import MFNClient
from .client_sync import MFNClientSync
from .error_details import Violation
from .errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    MFNError,
    NotFound,
    OutOfRange,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
)
from .frames import AsyncFrames, Frames
from .results import FeatureFrame, FeatureResponse, SimulationFrame, SimulationResult, ValidationResult
from .server_process import ServerProcess, serve, serve_forever
from .signing import sign

__all__ = [
    "Aborted",
    "AlreadyExists",
    "AsyncFrames",
    "Cancelled",
    "DataLoss",
    "DeadlineExceeded",
    "FailedPrecondition",
    "FeatureFrame",
    "FeatureResponse",
    "Frames",
    "Internal",
    "InvalidArgument",
    "MFNClient",
    "MFNClientSync",
    "MFNError",
    "NotFound",
    "OutOfRange",
    "PermissionDenied",
    "ResourceExhausted",
    "ServerProcess",
    "SimulationFrame",
    "SimulationResult",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "ValidationResult",
    "Violation",
    "serve",
    "serve_forever",
    "sign",
]
