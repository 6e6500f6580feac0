"""What a server tells of itself, so that a test knows what it does and need not guess by time."""

import socket
import time
import urllib.request

# A bound that ends a test that hangs; no test comes near it.
PATIENCE_SEC = 60.0


def free_port() -> int:
    """Return a port of this machine that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def metric(admin_port: int, series: str) -> float:
    """Return one figure of the server whose metrics are at this port; 0 if there is no such series yet."""
    with urllib.request.urlopen(f"http://127.0.0.1:{admin_port}/metrics", timeout=PATIENCE_SEC) as page:
        lines = page.read().decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == series), 0.0)


def wait_for_a_computation(admin_port: int) -> None:
    """Return when one of the server's workers computes an answer."""
    ends = time.monotonic() + PATIENCE_SEC
    while metric(admin_port, "mfn_compute_running") == 0:
        assert time.monotonic() < ends, "no computation has begun"
        time.sleep(0.01)
