"""A server on grpcio that has all of its answers from another MFN server.

It shows which profiles a server on grpcio can be conformant in: whatever it fails where
the server behind it does not, grpcio has decided before any code of a server runs.

    pip install -r requirements.txt
    conformance run --spawn 'python forwarding.py mfn serve' --profile auth,limits

Its arguments are the command that starts the other server, which has the same settings.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys

import grpc

UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
GRACE_SECONDS = 5
LOOKS_EVERY_SECONDS = 0.02


class Forwarding(grpc.GenericRpcHandler):
    """Any method, with its messages as they are. Each is taken for a stream, which on the
    wire a single answer is one of."""

    def __init__(self, behind):
        self.behind = behind

    def service(self, call):
        async def handle(request, context):
            method = self.behind.unary_stream(call.method)
            sent = [entry for entry in context.invocation_metadata() if is_custom(*entry)]
            answer = method(request, metadata=sent, timeout=context.time_remaining())
            try:
                await context.send_initial_metadata(await answer.initial_metadata())
                async for message in answer:
                    await context.write(message)
                context.set_trailing_metadata(await answer.trailing_metadata())
            except grpc.aio.AioRpcError as error:
                trailers = tuple(error.trailing_metadata())
                await context.abort(error.code(), error.details(), trailers)
            finally:
                answer.cancel()

        return grpc.unary_stream_rpc_method_handler(handle)


def is_custom(name, _):
    """Whether metadata are the caller's own, which grpcio does not send itself."""
    return name != "user-agent" and not name.startswith("grpc-")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def started(port):
    """The server behind, once it listens. What it refuses to start with, this one does too."""
    settings = {"MFN_GRPC_HOST": "127.0.0.1", "MFN_GRPC_PORT": str(port)}
    process = subprocess.Popen(sys.argv[1:], env=os.environ | settings)
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except OSError:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
    sys.exit(process.returncode)


async def main():
    host = os.environ.get("MFN_GRPC_HOST", "127.0.0.1")
    port = os.environ.get("MFN_GRPC_PORT", "50051")
    behind = free_port()
    process = await started(behind)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{behind}", UNLIMITED) as channel:
        server = grpc.aio.server(handlers=[Forwarding(channel)], options=UNLIMITED)
        server.add_insecure_port(f"{host}:{port}")
        await server.start()
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: asyncio.ensure_future(server.stop(GRACE_SECONDS))
        )
        await server.wait_for_termination()
    process.terminate()
    process.wait()


if __name__ == "__main__":
    asyncio.run(main())
