"""One `mfn serve` among several."""

import re
import signal
import urllib.request

from programs import Program, require

PORT, ADMIN_PORT = 50051, 9464
# The ready line of mfn serve: spec/lifecycle.md, MFN-LIFE-012.
READY = " listening on "

# What those of a rig are told.
SETTINGS = {
    # Three servers share the cores.
    "MFN_GRPC_IO_THREADS": "2",
    "MFN_GRPC_MAX_WORKERS": "2",
    # Longer than an interval of health checks and the time for their answer, see deploy/envoy.
    "MFN_GRPC_SHUTDOWN_DELAY_MS": "3000",
    "MFN_GRPC_SHUTDOWN_GRACE_MS": "10000",
}


class Replica:
    """A server at an address of its own, where it is started again, too."""

    def __init__(self, program, address, folder, settings):
        self.path, self.address, self.folder = program, address, folder
        self.env = settings | {
            "MFN_GRPC_HOST": address,
            "MFN_GRPC_PORT": str(PORT),
            "MFN_GRPC_ADMIN_HOST": address,
            "MFN_GRPC_ADMIN_PORT": str(ADMIN_PORT),
        }
        self.program = None

    def start(self):
        self.begin()
        self.program.printed(READY)

    def begin(self):
        """Starts it, and does not wait."""
        self.program = Program(f"mfn-{self.address}", [self.path, "serve"], self.folder, self.env)

    def drain(self):
        """As an engine ends it: SIGTERM, and an end of its own."""
        code = self.program.end(signal.SIGTERM)
        require(code == 0, f"{self.address} has ended with {code}: {self.program.last_words()}")

    def kill(self):
        self.program.kill()

    def pause(self):
        self.program.send(signal.SIGSTOP)

    def resume(self):
        self.program.send(signal.SIGCONT)

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
