"""Where a client's servers are, and what its channels need to reach them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

#: Path of a PEM file, or its content.
Pem = str | os.PathLike[str] | bytes

# The largest answer, with a field of 1024 x 1024 cells, has 8 MiB; a server may send this much at its default.
_MAX_MESSAGE_BYTES = 100 * 1024 * 1024
# No certificate or key is larger.
_MAX_PEM_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Endpoints:
    """The addresses of one client, all reached alike."""

    addresses: tuple[str, ...]
    credentials: grpc.ChannelCredentials | None
    options: tuple[tuple[str, str | int], ...]


def endpoints(
    address: str | Sequence[str],
    *,
    use_tls: bool,
    ca: Pem | None,
    client_certificate: tuple[Pem, Pem] | None,
    server_name: str | None,
) -> Endpoints:
    """Read addresses (``host:port``, also with ``http://`` or ``https://`` before it) and what TLS needs."""
    given = (address,) if isinstance(address, str) else tuple(address)
    if not given:
        raise ValueError("address must name at least one server, such as localhost:50051")
    schemes, addresses = zip(*(_split(one) for one in given), strict=True)
    use_tls = use_tls or ca is not None or client_certificate is not None or "https" in schemes
    if use_tls and "http" in schemes:
        raise ValueError("an http:// address is reached without TLS: use https:// or leave the TLS arguments out")
    options: list[tuple[str, str | int]] = [
        ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
        # grpcio's own retry would send one signature several times.
        ("grpc.enable_retries", 0),
    ]
    if server_name is not None:
        options.append(("grpc.ssl_target_name_override", server_name))
    return Endpoints(addresses, _credentials(ca, client_certificate) if use_tls else None, tuple(options))


def _split(address: str) -> tuple[str, str]:
    scheme, separator, rest = address.partition("://")
    if not separator:
        scheme, rest = "", address
    elif scheme not in ("http", "https"):
        raise ValueError(f"address {address!r} must be host:port, http://host:port or https://host:port")
    host, _, port = rest.rstrip("/").rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"address {address!r} must end in a port, as in localhost:50051")
    return scheme, f"{host}:{port}"


def _credentials(ca: Pem | None, client_certificate: tuple[Pem, Pem] | None) -> grpc.ChannelCredentials:
    certificate, key = client_certificate or (None, None)
    return grpc.ssl_channel_credentials(
        root_certificates=_pem("ca", ca),
        private_key=_pem("the key of client_certificate", key),
        certificate_chain=_pem("the certificate of client_certificate", certificate),
    )


def _pem(name: str, source: Pem | None) -> bytes | None:
    if source is None:
        return None
    content = source if isinstance(source, bytes) else _read(Path(source))
    if b"-----BEGIN " not in content:
        raise ValueError(f"{name} has no PEM block (-----BEGIN ...-----)")
    return content


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_MAX_PEM_BYTES + 1)
    if len(content) > _MAX_PEM_BYTES:
        raise ValueError(f"{path} is larger than {_MAX_PEM_BYTES} bytes, which no certificate is")
    return content
