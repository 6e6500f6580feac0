"""Calls of the web by curl: the messages, and an answer in its parts."""

import base64
import subprocess

from mycelium_fractal_net.grpc import mfn_pb2
from mycelium_fractal_net.grpc.signing import Signer
from programs import require
from rig import FREE

SERVICE = "/mfn.MFNSimulationService/"
UNARY, STREAM = f"{SERVICE}RunSimulation", f"{SERVICE}StreamSimulation"
CALL = {"seed": "42", "gridSize": 32, "steps": 16}
MESSAGE = mfn_pb2.SimulationRequest(seed=42, grid_size=32, steps=16).SerializeToString()
STREAM_CALL = CALL | {"streamInterval": 4}
# Flags of a frame of gRPC-Web and of an envelope of Connect: the last one of an answer.
TRAILERS, END_OF_STREAM = 128, 2


def ok(answer):
    status, headers, body = answer
    require(status == 200, f"it is answered {status}, {headers}, {body[:300]}")
    return body


def curl(rig, version, path, content_type=None, body=None, query="", headers=(), method=None, key=FREE[0]):
    """Status, headers and body of an answer."""
    answer, head = rig.folder / "curl.body", rig.folder / "curl.head"
    answer.write_bytes(b"")
    fields = [f"{name}: {value}" for name, value in Signer(key).metadata(path)] if key else []
    fields += headers
    fields += [f"content-type: {content_type}"] if content_type else []
    command = ["curl", "--silent", "--show-error", version, "--cacert", rig.folder / "tls/ca.crt", "--max-time", "60"]
    command += ["--output", answer, "--dump-header", head]
    command += [argument for field in fields for argument in ("--header", field)]
    command += [] if body is None else ["--data-binary", "@-"]
    command += ["--request", method] if method else []
    command.append(f"https://{rig.balancer.listen}{path}{query}")
    given = body.encode() if isinstance(body, str) else body
    ended = subprocess.run(list(map(str, command)), input=given, capture_output=True, timeout=90, check=False)
    require(ended.returncode == 0, f"curl {version} of {content_type} has failed: {ended.stderr.decode()}")
    first, *lines = head.read_text().splitlines()
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    return int(first.split()[1]), {name.lower(): value for name, value in fields.items()}, answer.read_bytes()


def framed(flags, message):
    return bytes([flags]) + len(message).to_bytes(4, "big") + message


def parts(body):
    """Flags and message of each."""
    found = []
    while body:
        end = 5 + int.from_bytes(body[1:5], "big")
        found.append((body[0], body[5:end]))
        body = body[end:]
    return found


def decoded(text):
    """Base64, which may be in pieces with an end each."""
    return b"".join(base64.b64decode(text[at : at + 4]) for at in range(0, len(text), 4))
