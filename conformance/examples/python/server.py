"""A small MFN server on grpcio: where an implementation in Python can begin.

It is conformant in the profiles `wire` and `errors`, and shows what grpcio needs for
that. Its numbers are made up: `simulated` is where yours go, and then the profiles
`numeric`, `exact` and `streams` tell whether they are right.

    pip install -r requirements.txt
    conformance run --spawn 'python server.py' --profile wire,errors

The suite tells it by variables where to listen (spec/configuration.md).
"""

import hashlib
import math
import os
import signal
import sys
import uuid
from concurrent import futures
from pathlib import Path
from urllib.parse import quote

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2 as details
from google.rpc import status_pb2

PROTO = Path(__file__).parents[3] / "proto" / "mfn.proto"
SPEC = "1.1.0"
MIB = 1 << 20
MAX_ID_BYTES = 256
MAX_MESSAGE_BYTES = 1023

# Field: its default where it is absent or 0, the least and the most that it may be
# (MFN-WIRE-002, MFN-WIRE-005). `alpha` has to be below the most.
INTEGERS = {
    "grid_size": (64, 4, 1024),
    "steps": (64, 1, 10000),
    "stream_interval": (10, 1, 10000),
    "epochs": (1, 1, 100),
    "batch_size": (4, 1, 64),
}
ALPHA = (0.18, 0.05, 0.25)
SPIKE_PROBABILITY = 0.25


class Refused(Exception):
    """Why a call is refused: a code, a reason and a sentence, with further details."""

    def __init__(self, code, reason, message, *further):
        super().__init__(message)
        self.code, self.reason, self.message, self.further = code, reason, message, further


def checked(request):
    """The parameters of a request, with the defaults in place (spec/wire.md)."""
    names = request.DESCRIPTOR.fields_by_name
    parameters, bad = {}, {}
    for name in names:
        value = getattr(request, name)
        if name in INTEGERS:
            default, least, most = INTEGERS[name]
            value = value or default
            if not least <= value <= most:
                bad[name] = f"is {value}, allowed is {least}..={most}"
        elif name == "alpha":
            default, least, most = ALPHA
            value = value or default
            if not least <= value < most:
                bad[name] = f"is {value}, allowed is [{least}, {most})"
        elif name == "spike_probability":
            value = value if request.HasField(name) else SPIKE_PROBABILITY
            if not 0 <= value <= 1:
                bad[name] = f"is {value}, allowed is [0, 1]"
        elif name == "request_id":
            length = len(value.encode())
            if length > MAX_ID_BYTES:
                bad[name] = f"has {length} bytes, allowed are {MAX_ID_BYTES}"
            continue
        parameters[name] = value
    if bad:
        refuse_values(bad)
    return parameters


def refuse_values(bad):
    """Names every bad field at once (MFN-ERR-002)."""
    violation = details.BadRequest.FieldViolation
    violations = [violation(field=field, description=text) for field, text in bad.items()]
    message = "; ".join(f"{field} {text}" for field, text in bad.items())
    code = grpc.StatusCode.INVALID_ARGUMENT
    fields = details.BadRequest(field_violations=violations)
    raise Refused(code, "PARAMETER_OUT_OF_RANGE", message, fields)


def simulated(message, parameters, step):
    """An answer whose numbers are made up of the parameters. Yours go here."""
    relevant = {k: v for k, v in parameters.items() if k not in ("stream_interval", "include_field")}
    for field in message.DESCRIPTOR.fields:
        made_up = hashlib.sha256(f"{field.name} {step} {sorted(relevant.items())}".encode())
        number = int.from_bytes(made_up.digest()[:4], "big")
        if field.cpp_type == field.CPPTYPE_DOUBLE:
            setattr(message, field.name, number / 2**32)
        elif field.cpp_type == field.CPPTYPE_INT32:
            setattr(message, field.name, number % (step + 1))
    if parameters.get("include_field"):
        message.field.grid_size = parameters["grid_size"]
        message.field.values_mV.extend([-70.0] * parameters["grid_size"] ** 2)
    return message


def call_id(request, context):
    """The id of a call: that of its body, else of its metadata, else a new one (MFN-WIRE-010)."""
    sent = dict(context.invocation_metadata()).get("x-request-id", "")
    for text in (request.request_id if request is not None else "", sent):
        if 0 < len(text.encode()) <= MAX_ID_BYTES:
            return text
    return str(uuid.uuid4())


def in_metadata(text):
    """An id as metadata can carry it (MFN-WIRE-011)."""
    plain = text.isascii() and text.isprintable() and text == text.strip(" ")
    return text if plain else quote(text, safe="")


def refuse(context, refused, of_call):
    """Ends a call with a status that has its details (MFN-ERR-003)."""
    message = refused.message.encode()[:MAX_MESSAGE_BYTES].decode(errors="ignore")
    status = status_pb2.Status(code=refused.code.value[0], message=message)
    info = details.ErrorInfo(reason=refused.reason, domain="mfn")
    for detail in (info, details.RequestInfo(request_id=of_call), *refused.further):
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(refused.code, message)


def answered(request, context):
    """The parameters of a call that is served; one that is not is refused here."""
    of_call = call_id(request, context)
    context.send_initial_metadata((("x-request-id", in_metadata(of_call)),))
    try:
        return checked(request)
    except Refused as refused:
        refuse(context, refused, of_call)


def unary(answer):
    """The handler of a method with one answer of this type."""

    def handle(request, context):
        parameters = answered(request, context)
        message = simulated(answer(request_id=request.request_id), parameters, parameters["steps"])
        message.meta.meta.update({"status": "ok", "spec": SPEC})
        return message

    return handle


def stream(answer):
    """The handler of a method that streams frames of this type."""

    def handle(request, context):
        parameters = answered(request, context)
        steps, interval = parameters["steps"], parameters["stream_interval"]
        for number in range(1, math.ceil(steps / interval) + 1):
            step = min(number * interval, steps)
            frame = simulated(answer(request_id=request.request_id), parameters, step)
            frame.step, frame.is_final = step, step == steps
            yield frame

    return handle


class Unknown(grpc.GenericRpcHandler):
    """Any other method, which grpcio would refuse without details (MFN-ERR-006)."""

    def service(self, details_of_call):
        def handle(_, context):
            of_call = call_id(None, context)
            context.send_initial_metadata((("x-request-id", in_metadata(of_call)),))
            message = f"there is no method {details_of_call.method}"
            refuse(context, Refused(grpc.StatusCode.UNIMPLEMENTED, "METHOD_UNKNOWN", message), of_call)

        return grpc.unary_unary_rpc_method_handler(handle)


def handlers(protos):
    """All methods of the proto, and one for all others."""
    for service in protos.DESCRIPTOR.services_by_name.values():
        methods = {}
        for method in service.methods:
            request = getattr(protos, method.input_type.name)
            answer = getattr(protos, method.output_type.name)
            if method.server_streaming:
                make, handle = grpc.unary_stream_rpc_method_handler, stream(answer)
            else:
                make, handle = grpc.unary_unary_rpc_method_handler, unary(answer)
            methods[method.name] = make(handle, request.FromString, answer.SerializeToString)
        yield grpc.method_handlers_generic_handler(service.full_name, methods)
    yield Unknown()


def main():
    sys.path.append(str(PROTO.parent))
    protos = grpc.protos(PROTO.name)
    host = os.environ.get("MFN_GRPC_HOST", "127.0.0.1")
    port = os.environ.get("MFN_GRPC_PORT", "50051")
    most = int(os.environ.get("MFN_GRPC_MAX_MESSAGE_SIZE", "100")) * MIB
    workers = int(os.environ.get("MFN_GRPC_MAX_WORKERS", "10"))
    options = [("grpc.max_receive_message_length", most), ("grpc.max_send_message_length", most)]
    server = grpc.server(futures.ThreadPoolExecutor(workers), tuple(handlers(protos)), options=options)
    server.add_insecure_port(f"{host}:{port}")
    server.start()
    signal.signal(signal.SIGTERM, lambda *_: server.stop(grace=5))
    server.wait_for_termination()


if __name__ == "__main__":
    main()
