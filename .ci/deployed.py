"""Starts mfn with exactly the environment of a manifest, and asks it what its manifest relies on.

    deployed.py FILE PROGRAM GRPCURL [SECRET=FOLDER...]

FILE is what kustomize has built, or a file of compose. A SECRET that the manifest
mounts and does not have in it is the FOLDER. It is run in a network of its own,
since the manifest says on which ports the server is.
"""

import base64
import json
import pathlib
import re
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

import yaml

STORE = "MFN_GRPC_SHARED_LIMITS_URL"
METHOD = "mfn.MFNSimulationService/RunSimulation"
READY_WITHIN = 20.0
# Bytes that the system may hold for a connection: spec/memory.md, beside the process.
SOCKET = 128 * 1024
MIB = 1024 * 1024
# What the limit of memory has to have room for.
KEYS = 16
KEY = 100 * 32 * 1024 + 1000 * 8


def main(file, program, grpcurl, *secrets):
    secrets = dict(secret.split("=", 1) for secret in secrets)
    documents = list(yaml.safe_load_all(pathlib.Path(file).read_text()))
    if "services" in documents[0]:
        manifest = Compose(documents[0])
    else:
        manifest = Kubernetes(documents, secrets)
    with Store(manifest.env.get(STORE)):
        server = Server(program, manifest)
        try:
            manifest.check(server)
            server.is_healthy()
            server.is_ready()
            server.answers(grpcurl, manifest)
        finally:
            server.end(manifest.grace)
    manifest.check_log(server)
    print(f"{file}: served as its manifest has it")


class Store:
    """The store in which pods share limits, if they do. It is where its URL says."""

    def __init__(self, url):
        self.url, self.process = url, None

    def __enter__(self):
        if self.url:
            where = urllib.parse.urlsplit(self.url)
            options = ["--bind", where.hostname, "--port", str(where.port), "--save", "", "--appendonly", "no"]
            self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.PIPE, text=True)
            ready = any("Ready to accept connections" in line for line in self.process.stdout)
            require(ready, "redis-server does not start")

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()


class Kubernetes:
    """The one container of the Deployment `mfn-grpc`."""

    def __init__(self, documents, secrets):
        self.named = {(d["kind"], d["metadata"]["name"]): d for d in documents}
        template = self.named["Deployment", "mfn-grpc"]["spec"]["template"]
        pod, self.labels = template["spec"], template["metadata"]["labels"]
        (self.container,) = pod["containers"]
        self.args = self.container["args"]
        self.grace = pod["terminationGracePeriodSeconds"]
        self.ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        self.paths = self.mounted(pod, secrets)
        self.env = self.environment()
        self.is_restricted(pod)
        for document in documents:
            # What stands beside them has pods of its own.
            if document["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "server":
                self.is_of_the_pods(document)

    def is_restricted(self, pod):
        """What Pod Security asks for by that name."""
        require(pod["enableServiceLinks"] is False, "service links are on")
        security, own = pod["securityContext"], self.container["securityContext"]
        require(security["runAsNonRoot"] and security["runAsUser"] > 0, "pods run as root")
        require(security["seccompProfile"]["type"] == "RuntimeDefault", "pods have no seccomp profile")
        require(own["allowPrivilegeEscalation"] is False, "pods may get privileges")
        require(own["capabilities"] == {"drop": ["ALL"]}, "pods have capabilities")
        require(own["readOnlyRootFilesystem"], "pods may write to their root")

    def is_of_the_pods(self, document):
        """What chooses pods by labels chooses these, and their ports by names that they have."""
        kind, spec = document["kind"], document.get("spec", {})
        labels = {
            "Service": lambda: spec["selector"],
            "Deployment": lambda: spec["selector"]["matchLabels"],
            "PodDisruptionBudget": lambda: spec["selector"]["matchLabels"],
            "NetworkPolicy": lambda: spec["podSelector"]["matchLabels"],
        }.get(kind, dict)()
        require(labels.items() <= self.labels.items(), f"{kind} is of other pods: {labels}")
        ports = [port["targetPort"] for port in spec.get("ports", [])]
        ports += [port["port"] for rule in spec.get("ingress", []) for port in rule["ports"]]
        require(set(ports) <= set(self.ports), f"{kind} names ports that pods do not have: {ports}")

    def environment(self):
        env = {}
        for source in self.container.get("envFrom", []):
            env |= self.named["ConfigMap", source["configMapRef"]["name"]]["data"]
        for variable in self.container.get("env", []):
            reference = variable["valueFrom"]["secretKeyRef"]
            data = self.named["Secret", reference["name"]]["data"]
            env[variable["name"]] = base64.b64decode(data[reference["key"]]).decode()
        # A path of the container is one of this machine here.
        for path, folder in self.paths.items():
            env = {name: re.sub(f"^{path}/", f"{folder}/", value) for name, value in env.items()}
        return env

    def mounted(self, pod, secrets):
        volumes = {volume["name"]: volume["secret"] for volume in pod.get("volumes", [])}
        mounts = self.container.get("volumeMounts", [])
        return {mount["mountPath"]: secrets[volumes[mount["name"]]["secretName"]] for mount in mounts}

    def check(self, server):
        require(self.ports["grpc"] == server.port, f"the server listens on {server.port}")
        for name in ("readinessProbe", "livenessProbe"):
            probe = self.container[name]
            if "grpc" in probe:
                require("MFN_GRPC_TLS_ENABLED" not in self.env, "a probe of gRPC knows no TLS")
                require(probe["grpc"]["port"] == server.port, f"{name} is of another port")
            else:
                server.get(self.ports[probe["httpGet"]["port"]], probe["httpGet"]["path"])
        delay = int(self.env["MFN_GRPC_SHUTDOWN_DELAY_MS"]) + int(self.env["MFN_GRPC_SHUTDOWN_GRACE_MS"])
        require(self.grace * 1000 > delay + 500, "pods are killed before their time is over")
        policy = self.named["NetworkPolicy", "mfn-grpc"]["spec"]
        reached = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
        needed = {urllib.parse.urlsplit(self.env[STORE]).port, 53} if STORE in self.env else set()
        require(reached == needed, f"pods may reach the ports {reached}, and need {needed}")

    def check_log(self, server):
        log = [json.loads(line) for line in server.log]
        (needs,) = [line["fields"] for line in log if "needed_mib" in line["fields"]]
        needed, connections = int(needs["needed_mib"]), int(needs["connections"])
        keys = len(self.env["MFN_API_KEYS"].split(","))
        needed = needed * MIB + (KEYS - keys) * KEY + connections * SOCKET
        limit = int(re.fullmatch(r"(\d+)Mi", self.container["resources"]["limits"]["memory"])[1])
        require(needed <= limit * MIB, f"the pod may need {needed // MIB} MiB, and has {limit}")
        warnings = [line["message"] for line in log if line["level"] in ("warn", "error")]
        # What holds of keys without TLS, within the cluster.
        warnings = [text for text in warnings if "keys go over the network in clear" not in text]
        require(not warnings, f"the server warned: {warnings}")
        shares = any("a store counts the limits" in line["message"] for line in log)
        require(shares == (STORE in self.env), f"whether pods share their limits: {shares}")


class Compose:
    """The service `mfn`."""

    def __init__(self, document):
        service = document["services"]["mfn"]
        self.env = service["environment"]
        self.args = ["serve"]
        self.grace = int(re.fullmatch(r"(\d+)s", service["stop_grace_period"])[1])
        self.published = [int(port.rsplit(":", 1)[1]) for port in service["ports"]]
        require(service["healthcheck"]["test"] == ["CMD", "/mfn", "health"], "another health check")

    def check(self, server):
        require(server.port in self.published, f"port {server.port} is not published")

    def check_log(self, server):
        warnings = [line for line in server.log if " WARN " in line or " ERROR " in line]
        require(not warnings, f"the server warned: {warnings}")


class Server:
    """The program, running."""

    def __init__(self, program, manifest):
        self.program, self.env, self.log = program, manifest.env, []
        self.process = subprocess.Popen(
            [program, *manifest.args],
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stderr))
        self.reader.start()
        guard = threading.Timer(READY_WITHIN, self.process.kill)
        guard.start()
        line = self.process.stdout.readline()
        guard.cancel()
        if not line:
            self.process.wait()
            self.reader.join()
            sys.exit("".join(self.log))
        self.port = int(re.search(r":(\d+) ", line)[1])
        self.admin = int(self.env.get("MFN_GRPC_ADMIN_PORT", "9464"))
        self.tls = self.env.get("MFN_GRPC_TLS_ENABLED") == "true"

    def is_healthy(self):
        run([self.program, "health"], self.env)

    def is_ready(self):
        for path in ("/livez", "/readyz"):
            self.get(self.admin, path)
        require("grpc_server_handled_total" in self.get(self.admin, "/metrics"), "no metrics")

    def get(self, port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def answers(self, grpcurl, manifest):
        command = [grpcurl, "-max-time", "20", "-insecure" if self.tls else "-plaintext"]
        if keys := self.env.get("MFN_API_KEYS"):
            signer = {"MFN_API_KEY": keys.split(",")[0].strip()}
            command += run([self.program, "sign", METHOD], signer).split()
        answer = run([*command, "-d", '{"seed":42}', f"127.0.0.1:{self.port}", METHOD], {})
        require('"growthEvents": 12' in answer, f"the answer was {answer}")

    def end(self, grace):
        """As an engine does: it asks, and kills whoever takes longer."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            sys.exit(f"the server took longer than {grace} s to end")
        self.reader.join()
        self.log = [line for line in self.log if '"kind":"audit"' not in line]
        require(code == 0, f"the server ended with {code}: {''.join(self.log)}")


def run(command, env):
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    require(done.returncode == 0, f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def require(holds, otherwise):
    if not holds:
        sys.exit(otherwise)


if __name__ == "__main__":
    main(*sys.argv[1:])
