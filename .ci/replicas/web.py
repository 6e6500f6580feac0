"""What must hold of calls by curl, as browsers and scripts make them: by gRPC-Web, by Connect and in JSON."""

import base64
import json
import urllib.parse

from curl import CALL, END_OF_STREAM, MESSAGE, STREAM, STREAM_CALL, TRAILERS, UNARY, curl, decoded, framed, ok, parts
from mycelium_fractal_net.grpc import mfn_pb2
from programs import Failed, require

OUT_OF_RANGE = {"gridSize": 3}
ROUNDS = 3


def web(rig):
    """Each protocol of the web answers as gRPC does, over HTTP/1.1 and HTTP/2."""
    with rig.client() as client:
        expected = client.run_simulation(seed=42, grid_size=32, steps=16).pot_mean_mV
    for version in ("--http1.1", "--http2"):
        answers = (by_json(rig, version), by_get(rig, version), by_connect(rig, version), by_stream(rig, version))
        answers += (by_grpc_web(rig, version), by_grpc_web_text(rig, version))
        require(set(answers) == {expected}, f"by curl {version} the answers are {answers}, and by gRPC {expected}")
        is_refused_with_details(rig, version)
    return f"{len(answers)} ways over each"


def by_json(rig, version):
    return json.loads(ok(curl(rig, version, UNARY, "application/json", json.dumps(CALL))))["potMeanMV"]


def by_get(rig, version):
    query = f"?connect=v1&encoding=json&message={urllib.parse.quote(json.dumps(CALL))}"
    return json.loads(ok(curl(rig, version, UNARY, query=query)))["potMeanMV"]


def by_connect(rig, version):
    return mean(ok(curl(rig, version, UNARY, "application/proto", MESSAGE)))


def by_stream(rig, version):
    """The last message, after which is nothing but the end."""
    answer = ok(curl(rig, version, STREAM, "application/connect+json", framed(0, json.dumps(STREAM_CALL).encode())))
    *messages, (flags, end) = parts(answer)
    require(flags == END_OF_STREAM and "error" not in json.loads(end), f"a stream ended with {end}")
    require(len(messages) == CALL["steps"] // STREAM_CALL["streamInterval"], f"a stream had {len(messages)} messages")
    return json.loads(messages[-1][1])["potMeanMV"]


def by_grpc_web(rig, version):
    return of_grpc_web(ok(curl(rig, version, UNARY, "application/grpc-web+proto", framed(0, MESSAGE))))


def by_grpc_web_text(rig, version):
    answer = ok(curl(rig, version, UNARY, "application/grpc-web-text", base64.b64encode(framed(0, MESSAGE))))
    return of_grpc_web(decoded(answer))


def of_grpc_web(answer):
    (_, message), (flags, trailers) = parts(answer)
    require(flags == TRAILERS and "grpc-status:0" in trailers.decode().replace(" ", ""), f"it ended with {trailers}")
    return mean(message)


def mean(message):
    return mfn_pb2.SimulationResult.FromString(message).pot_mean_mV


def is_refused_with_details(rig, version):
    status, _, body = curl(rig, version, UNARY, "application/json", json.dumps(OUT_OF_RANGE))
    error = json.loads(body)
    require(status == 400 and error["code"] == "invalid_argument", f"a refusal came as {status}, {error}")
    types = [detail["type"] for detail in error["details"]]
    require("google.rpc.ErrorInfo" in types, f"a refusal came with the details {types}")


def frames(rig):
    """Frames arrive when they are computed, and not all at the end."""
    if not rig.as_deployed:
        # The suite tells by the clock, and a busy machine can be late with all of them.
        return "not tried"
    tests = ("--run", "web/web/frames-when-computed*", "--run", "streams/streams/frames-come-when-computed")
    for _ in range(ROUNDS):
        counts = rig.suite(*tests)
        # Where they are held back they are so each time.
        if counts["pass"] > 0 and counts["fail"] == 0:
            return f"by {counts['pass']} of {counts['pass']} protocols"
    raise Failed(f"frames are held back: {rig.suite_said}")
