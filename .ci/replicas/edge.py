"""What a balancer does and says by itself: its access log, its choice without a key, its errors. Each returns the figure for the table."""

import base64
import json

from curl import CALL, MESSAGE, STREAM, STREAM_CALL, TRAILERS, UNARY, curl, decoded, framed, parts
from mycelium_fractal_net.grpc import MFNError, Unavailable
from programs import Failed, eventually, require

UNAVAILABLE = "14"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# An id that would end a text of JSON, and write into an access log what it likes.
MARKS = 'marks]","http_status":"418","y":"\\'


def logged(rig):
    """What a caller names its call by, and its path, are texts in the access log, whatever marks are in them."""
    path = '/mfn.MFN"x/Run'
    curl(rig, "--http1.1", path, "application/json", "{}", headers=[f"x-request-id: {MARKS}"])

    try:
        said = eventually("the call is in the access log", lambda: rig.balancer.calls("marks]"))[-1]
    except ValueError as error:
        raise Failed(f"a line of the access log is no JSON: {error}") from None
    require(said["sent_request_id"] == MARKS and said["http_status"] != "418", f"the access log has {said}")
    require(said["path"] == path, f"the access log has the path {said['path']}")
    return "as texts"


def keyless(rig):
    """All calls without a key are at one replica, by whatever method of HTTP, as if they had a key in common."""
    if rig.with_store:
        return "at any replica"
    ids = [f"keyless-{method}" for method in METHODS]
    for method, name in zip(METHODS, ids, strict=True):
        curl(rig, "--http1.1", UNARY, headers=[f"x-request-id: {name}"], method=method, key=None)

    def replicas():
        calls = rig.balancer.calls("keyless-")
        return [call["replica"] for call in calls] if len(calls) >= len(ids) else None

    found = eventually("the calls are in the access log", replicas)
    require(len(set(found)) == 1, f"calls without a key, by {METHODS}, are at {found}")
    return "one replica"


def lost(rig):
    """Without any replica each caller is told so as its protocol has it."""
    for replica in rig.replicas:
        replica.kill()
    # The connections to them are closed at first, and what was sent by them ends otherwise.
    eventually("gRPC is answered UNAVAILABLE", lambda: isinstance(error_of(rig), Unavailable))
    for ask in (json_is_told, connect_is_told, grpc_web_is_told, grpc_web_text_is_told):
        said = []

        def is_told(ask=ask, said=said):
            said[:] = [ask(rig)]
            return said[0] is True

        try:
            eventually("it is told", is_told, 30.0)
        except Failed:
            raise Failed(f"{ask.__name__}: {said}") from None
    return "each by its protocol"


def error_of(rig):
    with rig.client(timeout=5.0) as client:
        try:
            client.run_simulation(grid_size=8, steps=1)
        except MFNError as error:
            return error


def json_is_told(rig):
    answer = curl(rig, "--http1.1", UNARY, "application/json", json.dumps(CALL))
    return is_unavailable(answer) or answer


def connect_is_told(rig):
    """A stream that has not begun: clients take the code from HTTP's status."""
    message = framed(0, json.dumps(STREAM_CALL).encode())
    answer = curl(rig, "--http1.1", STREAM, "application/connect+json", message)
    return is_unavailable(answer) or answer


def grpc_web_is_told(rig):
    answer = curl(rig, "--http1.1", UNARY, "application/grpc-web+proto", framed(0, MESSAGE))
    return has_status(answer, answer[2], UNAVAILABLE) or answer


def grpc_web_text_is_told(rig):
    answer = curl(rig, "--http1.1", UNARY, "application/grpc-web-text+proto", base64.b64encode(framed(0, MESSAGE)))
    return has_status(answer, decoded(answer[2]), UNAVAILABLE) or answer


def is_unavailable(answer):
    """Whether an answer of Connect has this code, and its status of HTTP."""
    status, headers, body = answer
    is_json = headers.get("content-type", "").startswith("application/json")
    return status == 503 and is_json and json.loads(body)["code"] == "unavailable"


def has_status(answer, body, grpc_status):
    """Whether an answer of gRPC-Web has this status, in its headers or after its messages."""
    status, headers, _ = answer
    trailers = [message.decode() for flags, message in parts(body) if flags == TRAILERS]
    said = headers.get("grpc-status") == grpc_status or any(f"grpc-status:{grpc_status}" in one for one in trailers)
    return status == 200 and headers.get("content-type", "").startswith("application/grpc-web") and said
