"""One `mfn serve` among several."""

import re
import signal
import time
import urllib.error
import urllib.request

from network import ADMIN_PORT, REPLICA_PORT
from programs import Program, eventually, require

# The ready line of mfn serve: spec/lifecycle.md, MFN-LIFE-012.
READY = " listening on "

# What those of a rig are told.
SETTINGS = {
    # Three servers share the cores.
    "MFN_GRPC_IO_THREADS": "2",
    "MFN_GRPC_MAX_WORKERS": "2",
    "MFN_GRPC_SHUTDOWN_GRACE_MS": "60000",
}
# Longer than an interval of health checks and the time for their answer, see deploy/envoy.
SHUTDOWN_DELAY_MS = 3000
# As long as anybody may want; a second signal ends it.
NO_END_OF_DELAY_MS = 3600000


class Replica:
    """A server at an address of its own, where it is started again, too."""

    def __init__(self, program, address, number, folder, settings):
        self.path, self.address, self.number, self.folder = program, address, number, folder
        self.env = settings | {
            "MFN_GRPC_HOST": address,
            "MFN_GRPC_PORT": str(REPLICA_PORT),
            "MFN_GRPC_ADMIN_HOST": address,
            "MFN_GRPC_ADMIN_PORT": str(ADMIN_PORT),
        }
        self.program = None
        # Since when it has run and nothing was done to it.
        self.well_since = None

    def start(self):
        self.begin()
        self.program.printed(READY)
        self.well_since = time.monotonic()

    def begin(self):
        """Starts it, and does not wait."""
        self.program = Program(f"mfn-{self.address}", [self.path, "serve"], self.folder, self.env)

    def drain(self, is_left=None):
        """As an engine ends it: SIGTERM, and an end of its own.

        Shutdown begins after the delay that it has been told, or when `is_left` is true.
        """
        self.well_since = None
        self.program.send(signal.SIGTERM)
        if is_left:
            # Two signals of a kind that come together are one.
            eventually(f"{self.address} says that it is to end", lambda: not self.is_ready())
            eventually(f"{self.address} is left", is_left)
            self.program.send(signal.SIGTERM)
        code = self.program.end(with_signal=None)
        require(code == 0, f"{self.address} has ended with {code}: {self.program.last_words()}")

    def kill(self):
        self.well_since = None
        self.program.kill()

    def pause(self):
        self.well_since = None
        self.program.send(signal.SIGSTOP)

    def resume(self):
        self.program.send(signal.SIGCONT)
        self.well_since = time.monotonic()

    def mend(self):
        """Has it serve, whatever was done to it."""
        if self.well_since is None and self.program.runs():
            self.kill()
        if not self.program.runs():
            self.start()

    def is_ready(self):
        try:
            urllib.request.urlopen(f"http://{self.address}:{ADMIN_PORT}/readyz", timeout=30).close()
        except urllib.error.HTTPError:
            return False
        return True

    def metric(self, name, *labels):
        """The sum of a metric over all series that have these labels, each written `name="value"`."""
        url = f"http://{self.address}:{ADMIN_PORT}/metrics"
        with urllib.request.urlopen(url, timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        series = (re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line) for line in lines if not line.startswith("#"))
        return sum(
            float(one[3])
            for one in series
            if one and one[1] == name and all(label in (one[2] or "") for label in labels)
        )

    def calls(self):
        """How many calls of the three services it has answered since its start."""
        return self.metric("grpc_server_handled_total", 'grpc_service="mfn.')
