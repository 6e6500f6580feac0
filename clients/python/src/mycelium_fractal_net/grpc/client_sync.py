"""The client for threads, scripts and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from . import mfn_pb2
from .client_base import Attempt, ClientBase
from .errors import from_rpc_error
from .frames import Frames
from .methods import (
    EXTRACT_FEATURES,
    RUN_SIMULATION,
    STREAM_FEATURES,
    STREAM_SIMULATION,
    VALIDATE_PATTERN,
    Method,
)
from .progress import Progress
from .requests import DEFAULT_STEPS, request
from .results import Answer, FeatureFrame, FeatureResponse, SimulationFrame, SimulationResult, ValidationResult

A = TypeVar("A", bound=Answer)


class MFNClientSync(ClientBase):
    """A client for threads, any number of which may share it.

    >>> with MFNClientSync("localhost:50051") as client:  # doctest: +SKIP
    ...     result = client.run_simulation(seed=42)

    Calls raise :class:`~mycelium_fractal_net.grpc.MFNError`.
    """

    _channels: tuple[grpc.Channel, ...] = ()

    def run_simulation(
        self,
        seed: int | None = None,
        grid_size: int | None = None,
        steps: int | None = None,
        alpha: float | None = None,
        spike_probability: float | None = None,
        turing_enabled: bool | None = None,
        request_id: str | None = None,
        *,
        include_field: bool = False,
    ) -> SimulationResult:
        """Run one simulation and summarise its final state.

        Args:
            seed: Seed of all random words, any int32; 0 if left out.
            grid_size: Cells along one edge of the lattice, 4 to 1024; 64 if left out.
            steps: Steps, 1 to 10000; 64 if left out.
            alpha: Diffusion coefficient (no unit), from 0.05 to below 0.25; 0.18 if left out.
            spike_probability: Probability of a growth event in one step, 0 to 1; 0.25 if left out.
            turing_enabled: Whether the activator and inhibitor lattices act on the potential; ``False`` if left out.
            request_id: Name of the call, at most 256 bytes; a new UUID if left out. It never changes an answer.
            include_field: Whether ``result.field`` is the final potentials in mV, an array (N, N).

        """
        message = request(
            mfn_pb2.SimulationRequest,
            seed=seed,
            grid_size=grid_size,
            steps=steps,
            alpha=alpha,
            spike_probability=spike_probability,
            turing_enabled=turing_enabled,
            request_id=request_id,
            include_field=include_field,
        )
        return self._unary(RUN_SIMULATION, message)

    def stream_simulation(
        self,
        seed: int | None = None,
        grid_size: int | None = None,
        steps: int | None = None,
        stream_interval: int | None = None,
        alpha: float | None = None,
        spike_probability: float | None = None,
        turing_enabled: bool | None = None,
        request_id: str | None = None,
        *,
        include_field: bool = False,
        progress: Progress = False,
    ) -> Frames[SimulationFrame]:
        """Run one simulation and summarise its state while it runs, in frames to iterate over.

        Args are those of :meth:`run_simulation`, and:
            stream_interval: Steps between two frames, 1 to 10000; 10 if left out. The last step has a frame too.
            progress: ``True`` for a bar, or a function of the completed steps and all steps.
        """
        message = request(
            mfn_pb2.SimulationStreamRequest,
            seed=seed,
            grid_size=grid_size,
            steps=steps,
            stream_interval=stream_interval,
            alpha=alpha,
            spike_probability=spike_probability,
            turing_enabled=turing_enabled,
            request_id=request_id,
            include_field=include_field,
        )
        attempt = Attempt()
        frames = self._frames(STREAM_SIMULATION, message, attempt)
        return Frames(frames, attempt.cancel, steps or DEFAULT_STEPS, progress)

    def extract_features(
        self,
        seed: int | None = None,
        grid_size: int | None = None,
        steps: int | None = None,
        alpha: float | None = None,
        spike_probability: float | None = None,
        turing_enabled: bool | None = None,
        request_id: str | None = None,
    ) -> FeatureResponse:
        """Run one simulation and measure its final state. Args are those of :meth:`run_simulation`."""
        message = request(
            mfn_pb2.FeatureRequest,
            seed=seed,
            grid_size=grid_size,
            steps=steps,
            alpha=alpha,
            spike_probability=spike_probability,
            turing_enabled=turing_enabled,
            request_id=request_id,
        )
        return self._unary(EXTRACT_FEATURES, message)

    def stream_features(
        self,
        seed: int | None = None,
        grid_size: int | None = None,
        steps: int | None = None,
        stream_interval: int | None = None,
        alpha: float | None = None,
        spike_probability: float | None = None,
        turing_enabled: bool | None = None,
        request_id: str | None = None,
        *,
        progress: Progress = False,
    ) -> Frames[FeatureFrame]:
        """Run one simulation and measure its state while it runs. Args are those of :meth:`stream_simulation`."""
        message = request(
            mfn_pb2.FeatureStreamRequest,
            seed=seed,
            grid_size=grid_size,
            steps=steps,
            stream_interval=stream_interval,
            alpha=alpha,
            spike_probability=spike_probability,
            turing_enabled=turing_enabled,
            request_id=request_id,
        )
        attempt = Attempt()
        frames = self._frames(STREAM_FEATURES, message, attempt)
        return Frames(frames, attempt.cancel, steps or DEFAULT_STEPS, progress)

    def validate_pattern(
        self,
        seed: int | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        grid_size: int | None = None,
        steps: int | None = None,
        turing_enabled: bool | None = None,
        quantum_jitter: bool | None = None,
        request_id: str | None = None,
    ) -> ValidationResult:
        """Train the reference network on simulated samples and report its losses beside the physical checks.

        Args:
            seed: Seed of all random words, any int32; 0 if left out.
            epochs: Passes over the training samples, 1 to 100; 1 if left out.
            batch_size: Samples a batch, 1 to 64; 4 if left out.
            grid_size: Cells along one edge of the lattice, 4 to 1024; 64 if left out.
            steps: Steps of every simulation, 1 to 10000; 64 if left out.
            turing_enabled: Whether the activator and inhibitor lattices act on the potential; ``False`` if left out.
            quantum_jitter: Whether every cell gets Gaussian noise at every step; ``False`` if left out.
            request_id: Name of the call, at most 256 bytes; a new UUID if left out. It never changes an answer.

        """
        message = request(
            mfn_pb2.ValidationRequest,
            seed=seed,
            epochs=epochs,
            batch_size=batch_size,
            grid_size=grid_size,
            steps=steps,
            turing_enabled=turing_enabled,
            quantum_jitter=quantum_jitter,
            request_id=request_id,
        )
        return self._unary(VALIDATE_PATTERN, message)

    def close(self) -> None:
        """Cancel what is under way and close the connections; a second time it does nothing."""
        self._closed = True
        channels, self._channels = self._channels, ()
        for channel in channels:
            channel.close()
        self._end_local()

    def __enter__(self) -> MFNClientSync:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _unary(self, method: Method[A], message: Message) -> A:
        attempts = self._attempts()
        while True:
            index = self._address_index()
            address = self._endpoints.addresses[index]
            call = self._channel(index).unary_unary(
                method.path,
                request_serializer=type(message).SerializeToString,
                response_deserializer=bytes,
            )
            try:
                data = call(message, timeout=attempts.timeout(), metadata=self._metadata(method.path))
                return method.decode(data, address)
            except grpc.RpcError as error:
                failed = from_rpc_error(error, address)
            self._clock.sleep(attempts.delay_after(failed))

    def _frames(self, method: Method[A], message: Message, attempt: Attempt) -> Iterator[A]:
        attempts, begun = self._attempts(), False
        while True:
            index = self._address_index()
            address = self._endpoints.addresses[index]
            call = self._channel(index).unary_stream(
                method.path,
                request_serializer=type(message).SerializeToString,
                response_deserializer=bytes,
            )
            attempt.call = call(message, timeout=attempts.timeout(), metadata=self._metadata(method.path))
            try:
                for data in attempt.call:
                    frame = method.decode(data, address)
                    begun = True
                    yield frame
                return
            except grpc.RpcError as error:
                failed = from_rpc_error(error, address)
                # A frame that cannot be read has not ended it.
                attempt.cancel()
            if begun:
                # What has been seen cannot be taken back, so the rest is not tried again.
                raise failed
            self._clock.sleep(attempts.delay_after(failed))

    def _channel(self, index: int) -> grpc.Channel:
        with self._turns:
            if not self._channels:
                self._channels = tuple(self._open(address) for address in self._endpoints.addresses)
            return self._channels[index]

    def _open(self, address: str) -> grpc.Channel:
        credentials, options = self._endpoints.credentials, self._endpoints.options
        if credentials is None:
            return grpc.insecure_channel(address, options=options)
        return grpc.secure_channel(address, credentials, options=options)
