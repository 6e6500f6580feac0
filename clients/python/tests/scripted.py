"""A server that answers as a test tells it, and a clock that a test moves."""

from concurrent import futures
from dataclasses import dataclass, field

import grpc

from mycelium_fractal_net.grpc import mfn_pb2
from mycelium_fractal_net.grpc.attempts import Clock


@dataclass
class Answer:
    """What one attempt gets: frames (or one answer), then a status."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    trailers: tuple = ()
    frames: int = 1


@dataclass
class ScriptedServer(grpc.GenericRpcHandler):
    """Answers the n-th attempt with the n-th entry of its script, the last one again and again."""

    script: list[Answer]
    seen: list[dict] = field(default_factory=list)

    def __enter__(self):
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        self._server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(0).wait()

    def service(self, handler_call_details):
        self.seen.append(dict(handler_call_details.invocation_metadata))
        answer = self.script[min(len(self.seen), len(self.script)) - 1]
        if "/Stream" in handler_call_details.method:
            return grpc.unary_stream_rpc_method_handler(lambda _, context: self._frames(answer, context))
        return grpc.unary_unary_rpc_method_handler(lambda _, context: self._one(answer, context))

    def _frames(self, answer, context):
        for step in range(1, answer.frames + 1):
            yield mfn_pb2.SimulationFrame(step=step).SerializeToString()
        self._end(answer, context)

    def _one(self, answer, context):
        self._end(answer, context)
        return mfn_pb2.SimulationResult(growth_events=7).SerializeToString()

    def _end(self, answer, context):
        context.set_trailing_metadata(answer.trailers)
        if answer.code != grpc.StatusCode.OK:
            context.abort(answer.code, "as the script says")


class TestClock:
    """Time that passes only by waiting, and chance that is always the same."""

    __test__ = False

    def __init__(self, chance: float = 0.5) -> None:
        self.now, self.waits = 1000.0, []
        self.clock = Clock(
            monotonic=lambda: self.now,
            wall_ns=lambda: int(self.now * 1e9),
            random=lambda: chance,
            sleep=self._sleep,
            sleep_async=self._sleep_async,
        )

    def _sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds

    async def _sleep_async(self, seconds):
        self._sleep(seconds)
