"""Three replicas, a balancer before them, and whoever calls through it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from balancers import BALANCERS
from mycelium_fractal_net.grpc import MFNClientSync, MFNError
from network import BALANCER_PORT, REPLICA_PORT, own_network
from programs import Program, eventually, require
from replica import NO_END_OF_DELAY_MS, SETTINGS, SHUTDOWN_DELAY_MS, Replica
from store import start_store, store_url
from watch import Watch

# Their limits are for the tests of limits; the others are for loads.
LIMITED = ("limited-1", "limited-2", "limited-3", "limited-4")
# Any machine makes more calls than this key may.
SLOW, SLOW_RATE = "slow-1", 50
FREE = tuple(f"free-{number}" for number in range(1, 9))
SPREAD = tuple(f"spread-{number}" for number in range(1, 61))
# Half of the time that balancers have for a check of health: as deployed, and with more time.
ALLOWED_AS_DEPLOYED, ALLOWED = 0.5, 2.5
# Some twenty frames.
STREAM = '{"grid_size": 32, "steps": 100, "stream_interval": 5}'


class Rig:
    """All of it, at addresses of the loopback network that nobody else has."""

    def __init__(self, name, mfn, conformance, *, count=3, with_store=False, tls_to_replicas=False, as_deployed=False):
        self.name, self.mfn, self.conformance, self.count = name, mfn, conformance, count
        self.with_store, self.tls_to_replicas, self.as_deployed = with_store, tls_to_replicas, as_deployed

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mfn-replicas-"))
        self.network = own_network()
        self.programs, self.replicas, self.suite_said = [], [], ""
        self.watch = Watch(self, ALLOWED_AS_DEPLOYED if self.as_deployed else ALLOWED)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.watch.stop()
        for program in (*self.programs, *(replica.program for replica in self.replicas)):
            if program:
                program.kill()
        if hasattr(self, "balancer"):
            self.balancer.end()
        shutil.rmtree(self.folder)

    def start(self):
        write_certificates(self.folder / "tls", f"{self.network}1")
        (self.folder / "keys.toml").write_text(keys_file())
        os.chmod(self.folder / "keys.toml", 0o600)
        if self.with_store:
            self.store = start_store(self.network, self.folder)
            self.programs.append(self.store)
        self.replicas += [self.replica(number) for number in range(11, 11 + self.count)]
        for replica in self.replicas:
            replica.start()
        options = {"count": self.count, "with_store": self.with_store, "tls_to_replicas": self.tls_to_replicas}
        options["as_deployed"] = self.as_deployed
        self.balancer = BALANCERS[self.name](self.folder, self.network, f"{self.network}1", BALANCER_PORT, **options)
        self.balancer.start()
        for replica in self.replicas:
            self.balancer.has_calls(replica.address)
        eventually("a call through the balancer is answered", self.answers)

    def replica(self, number):
        settings = SETTINGS | {
            "MFN_API_KEYS_FILE": f"{self.folder}/keys.toml",
            "MFN_GRPC_AUDIT_LOG": f"{self.folder}/audit-{number}.jsonl",
            "MFN_GRPC_SHUTDOWN_DELAY_MS": str(SHUTDOWN_DELAY_MS if self.as_deployed else NO_END_OF_DELAY_MS),
        }
        if self.with_store:
            settings["MFN_GRPC_SHARED_LIMITS_URL"] = store_url(self.network)
        if self.tls_to_replicas:
            settings["MFN_GRPC_TLS_ENABLED"] = "true"
            settings["MFN_GRPC_TLS_CERT_PATH"] = f"{self.folder}/tls/tls.crt"
            settings["MFN_GRPC_TLS_KEY_PATH"] = f"{self.folder}/tls/tls.key"
        return Replica(self.mfn, f"{self.network}{number}", number, self.folder, settings)

    def drain(self, replica):
        """As an engine ends it. Unless all is as deployed, the time to leave it is as long as the balancer takes."""
        replica.drain(None if self.as_deployed else lambda: not self.balancer.sends_to(replica.address))

    def mend(self):
        """Has all as it was, after something has failed."""
        for program in self.programs:
            if program.name.startswith(("load-", "monitor-")):
                program.kill()
        for replica in self.replicas:
            replica.mend()
            self.balancer.has_calls(replica.address)

    def unheard(self):
        """How often a replica has not heard of the store."""
        return self.metric("mfn_shared_limits_failures_total")

    def metric(self, name, *labels):
        """The sum of a metric over all replicas: see `Replica.metric`."""
        return sum(replica.metric(name, *labels) for replica in self.replicas)

    def client(self, key=FREE[0], timeout=30.0, retries=0, **options):
        return MFNClientSync(
            self.balancer.listen,
            key,
            max_retries=retries,
            retry_backoff_sec=0.5,
            timeout_sec=timeout,
            ca=self.folder / "tls/ca.crt",
            server_name="mfn-grpc",
            **options,
        )

    def answers(self):
        with self.client(timeout=5.0) as client:
            try:
                return client.run_simulation(grid_size=8, steps=1)
            except MFNError:
                return None

    def load(self, name, *options, key=FREE[0], to=None):
        """Calls of `conformance load`, under way: through the balancer, or to a replica."""
        output = self.folder / f"load-{name}.json"
        target = ["--target", f"http://{to.address}:{REPLICA_PORT}"] if to else self.target()
        command = [self.conformance, "load", *target]
        command += ["--format", "json", "--output", output, "--max-error-rate", "1", *options]
        program = Program(f"load-{name}", command, self.folder, {"MFN_CONFORMANCE_API_KEY": key})
        self.programs.append(program)
        return Load(program, output)

    def suite(self, *options):
        """How many of these tests of the conformance suite have which verdict; of what is a MUST none may fail."""
        report = self.folder / "suite.json"
        command = [self.conformance, "run", *self.target(), "--json", report, "--timeout", "60", *options]
        program = Program("suite", command, self.folder, {"MFN_CONFORMANCE_API_KEY": ",".join(LIMITED[2:])})
        self.programs.append(program)
        require(program.end(None, 600) == 0, f"the suite failed: {program.output.read_text()}")
        self.suite_said = program.output.read_text()
        return json.loads(report.read_text())["counts"]

    def target(self):
        return ["--target", f"https://{self.balancer.listen}", "--ca", self.folder / "tls/ca.crt"]

    def calls(self):
        return sum(replica.calls() for replica in self.replicas if replica.program.runs())


class Load:
    """A load that runs, and its report at the end."""

    def __init__(self, program, output):
        self.program, self.output = program, output

    def stop(self):
        """Ends it before its time."""
        return self.report(signal.SIGINT)

    def report(self, with_signal=None, within=120.0):
        self.program.end(with_signal, within)
        require(self.output.exists() and self.output.stat().st_size, f"no load: {self.program.last_words()}")
        return json.loads(self.output.read_text())


def tally(report):
    """What is worth telling of a load that failed."""
    return {key: report[key] for key in ("codes", "faults", "refusals", "reconnects", "not_started", "ending")}


def keys_file():
    limited = "".join(f'[[key]]\nid = "{key}"\nsecrets = ["{key}"]\n' for key in LIMITED)
    limited += f'[[key]]\nid = "{SLOW}"\nsecrets = ["{SLOW}"]\nrps = {SLOW_RATE}\n'
    # None of these limits is met, but each call is counted.
    free = "".join(
        f'[[key]]\nid = "{key}"\nsecrets = ["{key}"]\nrps = 100000\nconcurrent = 10000\n' for key in FREE + SPREAD
    )
    return limited + free


def write_certificates(folder, address):
    """An authority and a certificate of it, as deploy/ names the files."""
    folder.mkdir()
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    (folder / "names").write_text(
        f"subjectAltName=DNS:mfn-grpc,DNS:localhost,IP:{address}\nbasicConstraints=CA:false\n"
    )
    of_names = ["-days", "90", "-extfile", "names", "-out", "tls.crt"]
    for command in (
        ["req", "-x509", *curve, "-days", "90", "-subj", "/CN=mfn tests", "-keyout", "ca.key", "-out", "ca.crt"],
        ["req", *curve, "-subj", "/CN=mfn-grpc", "-keyout", "tls.key", "-out", "tls.csr"],
        [*("x509", "-req", "-in", "tls.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"), *of_names],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True, timeout=60)
    (folder / "both.pem").write_text((folder / "tls.crt").read_text() + (folder / "tls.key").read_text())
    for file in folder.iterdir():
        file.chmod(0o640)
