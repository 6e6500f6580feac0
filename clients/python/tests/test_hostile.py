"""Whatever a server answers, a call ends with an answer or an `MFNError`, and in bounded time and memory."""

import socket
import threading
import tracemalloc
from concurrent import futures
from contextlib import contextmanager, suppress

import grpc
import pytest

from mycelium_fractal_net.grpc import Internal, MFNError, Unknown, mfn_pb2
from mycelium_fractal_net.grpc.results import SimulationResult

METHODS = ("run_simulation", "stream_simulation", "extract_features", "stream_features", "validate_pattern")
FIELDS = {
    "more values than cells": mfn_pb2.PotentialField(grid_size=2, values_mV=[1.0] * 5),
    "fewer values than cells": mfn_pb2.PotentialField(grid_size=2_000_000_000, values_mV=[1.0]),
    "no size": mfn_pb2.PotentialField(values_mV=[1.0]),
    "a negative size": mfn_pb2.PotentialField(grid_size=-1, values_mV=[1.0]),
}
BODIES = {
    "no message": b"\xff" * 64,
    "the end within a field": b"\x4a\x7f\x08",
    "a length of 2^63": b"\x4a" + b"\xff" * 9 + b"\x01",
    "text that is no UTF-8": b"\x0a\x02\xff\xfe",
}
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# What comes on a connection, which then ends or stays open.
NOISE = {
    "nothing": b"",
    "HTTP/1.1": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "a frame of 16 MiB that does not come": SETTINGS + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
    "headers that HPACK does not know": SETTINGS + b"\x00\x00\x04\x01\x05\x00\x00\x00\x01\xff\xff\xff\xff",
    "settings without end": SETTINGS * 10_000,
    "a farewell": SETTINGS + b"\x00\x00\x08\x07" + b"\x00" * 12 + b"\x0b",
}


class Bytes(grpc.GenericRpcHandler):
    """Answers every call with these bytes for its message."""

    def __init__(self, body, trailers=()):
        self.body, self.trailers = body, trailers

    def service(self, handler_call_details):
        if "/Stream" in handler_call_details.method:
            return grpc.unary_stream_rpc_method_handler(lambda _, context: iter([self._answer(context)]))
        return grpc.unary_unary_rpc_method_handler(lambda _, context: self._answer(context))

    def _answer(self, context):
        if self.trailers:
            context.set_trailing_metadata(self.trailers)
            context.abort(grpc.StatusCode.UNKNOWN, "\x1b[2Jgone\r\nforged \u202e")
        return self.body


@contextmanager
def answering(handler):
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


@contextmanager
def noise(sent, stays):
    """A server that reads nothing, sends this to whoever comes, and then goes or stays."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            # Who is called may go before it has all.
            with suppress(OSError):
                connection.sendall(sent)
                if not stays:
                    connection.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_message_of_the_method_is_an_error(call, method, body):
    with answering(Bytes(body)) as address, pytest.raises(Internal, match="bytes that are no") as raised:
        call(address, method)
    assert (raised.value.address, raised.value.attempts) == (address, 1)


@pytest.mark.parametrize("method", ["run_simulation", "stream_simulation"])
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_field_of_another_size_than_it_says_is_an_error(call, method, field):
    kind = mfn_pb2.SimulationResult if method.startswith("run") else mfn_pb2.SimulationFrame
    with answering(Bytes(kind(field=field).SerializeToString())) as address, pytest.raises(Internal):
        call(address, method)


@pytest.mark.parametrize("parts", [b"\x48\x00", b"\x4a\x00", b"\x4a\x80\x80\x10" + b"\x08\x00" * 131_072])
def test_a_message_of_very_many_parts_costs_no_more_than_a_long_one(parts):
    message = parts * (262_144 // len(parts) or 1)
    tracemalloc.start()
    try:
        SimulationResult.decode(message)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * len(message)


@pytest.mark.parametrize("stays", [False, True], ids=["and goes", "and stays"])
@pytest.mark.parametrize("sent", NOISE.values(), ids=NOISE)
def test_what_is_no_answer_ends_at_the_deadline_at_the_latest(call, sent, stays):
    with noise(sent, stays) as address, pytest.raises(MFNError):
        call(address, "run_simulation", {"timeout_sec": 0.5, "max_retries": 1})


@pytest.mark.parametrize(
    "details",
    [b"\xff" * 64, b"\x1a\x7f", b"\x1a\x00" * 10_000, b"\x12\x02\xff\xfe"],
    ids=["no message", "cut off", "very many", "no UTF-8"],
)
@pytest.mark.parametrize("method", ["run_simulation", "stream_simulation"])
def test_details_that_are_none_are_left_out(call, method, details):
    trailers = (("grpc-status-details-bin", details[:4096]), ("grpc-retry-pushback-ms", "-9" * 40))
    with answering(Bytes(b"", trailers)) as address, pytest.raises(Unknown) as raised:
        call(address, method)
    assert (raised.value.reason, raised.value.violations, raised.value.attempts) == (None, (), 1)


def test_an_error_is_shown_without_control_characters(call):
    with answering(Bytes(b"", (("x-request-id", "one"),))) as address, pytest.raises(Unknown) as raised:
        call(address, "run_simulation")
    assert str(raised.value).startswith("UNKNOWN: \\x1b[2Jgone\\r\\nforged \\u202e [request_id one")
    assert str(raised.value).isprintable()
