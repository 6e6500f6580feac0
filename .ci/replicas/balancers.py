"""The balancers of deploy/, started with their own configurations.

Of a configuration only this is changed: where the replicas are, where the balancer listens, in
which folders its files are, and by its own comments what it is with the store and with TLS. Unless
it is to be as deployed, it also waits longer for health and connections than it should: a machine
that has too much to do is late with them, and would be taken for one whose replicas are ill.
"""

import getpass
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import urllib.request

from network import ADMIN_PORT, BALANCER_ADMIN_PORT, REPLICA_PORT
from programs import Failed, Program, eventually, require, whole_lines

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
# The network of the replicas in the configurations.
NETWORK = "10.0.0."


class Balancer:
    """One of them."""

    # Whether a new configuration closes the connections of clients.
    closes_for_reload = False
    # Whether it asks replicas for their health, so that one that does not answer is noticed.
    asks_for_health = True
    # What a busy machine is late with: texts of the configuration, and what they become.
    more_time = ()
    # How a stream ends that has begun when its replica is killed. It has had its headers, so no
    # balancer can say UNAVAILABLE any more.
    cuts_streams_by = "reset:INTERNAL_ERROR"

    def __init__(
        self,
        folder,
        network,
        address,
        port,
        *,
        count=3,
        tls=True,
        with_store=False,
        tls_to_replicas=False,
        as_deployed=False,
    ):
        self.folder, self.network, self.address, self.port = pathlib.Path(folder), network, address, port
        self.count, self.tls, self.as_deployed = count, tls, as_deployed
        self.with_store, self.tls_to_replicas = with_store, tls_to_replicas
        self.listen = f"{address}:{port}"
        self.program = None

    def text(self, file):
        """The file's text, with the changes that all have in common."""
        text = (DEPLOY / file).read_text().replace("50051", str(REPLICA_PORT)).replace("9464", str(ADMIN_PORT))
        if self.with_store:
            text = re.sub(r"^( *)\S.*# with the store: (.*)$", r"\1\2", text, flags=re.MULTILINE)
        if self.tls_to_replicas:
            text = re.sub(r"^( *)\S.*# with TLS: (.*)$", r"\1\2", text, flags=re.MULTILINE)
            text = text.replace("#tls ", "")
        # Each replica has a line.
        for number in range(11 + self.count, 14):
            text = re.sub(rf"^.*{re.escape(NETWORK)}{number}\b.*\n", "", text, flags=re.MULTILINE)
        return text.replace(NETWORK, self.network).replace("/etc/mfn/tls", f"{self.folder}/tls")

    def given_time(self, text):
        """The text of the configuration, with more time for what a busy machine is late with."""
        for old, new in () if self.as_deployed else self.more_time:
            text = replaced(text, old, new)
        return text

    def write(self, name, text):
        path = self.folder / name
        # In one step, so that whoever watches sees all of it.
        (self.folder / f"{name}.new").write_text(text)
        os.replace(self.folder / f"{name}.new", path)
        return path

    def has_calls(self, address):
        """Wait until it sends calls to the replica there, as far as it tells."""
        if self.sends_to(address) is not None:
            eventually(f"{self.name} sends calls to {address}", lambda: self.sends_to(address))

    def calls(self, mark):
        """What its access log has of calls with this text in their line, the oldest first."""
        return [json.loads(line) for line in whole_lines(self.access_log()) if mark in line]

    def access_log(self):
        """The file of it: its standard output, if nothing else."""
        return self.program.output

    def end(self):
        if self.program:
            self.program.kill()


class Envoy(Balancer):
    name = "envoy"
    more_time = (
        (
            "          timeout: 1s\n          unhealthy_threshold",
            "          timeout: 5s\n          unhealthy_threshold",
        ),
        ("      connect_timeout: 1s\n", "      connect_timeout: 30s\n"),
        ("{interval: 5s, timeout: 5s}", "{interval: 5s, timeout: 60s}"),
        ("request_headers_timeout: 10s", "request_headers_timeout: 120s"),
    )

    def start(self):
        text = self.given_time(self.text("envoy/envoy.yaml")).replace("/etc/envoy/", f"{self.folder}/")
        text = replaced(
            text, "{address: 0.0.0.0, port_value: 443}", f"{{address: {self.address}, port_value: {self.port}}}"
        )
        text = replaced(
            text,
            "{address: 127.0.0.1, port_value: 9901}",
            f"{{address: {self.network}1, port_value: {BALANCER_ADMIN_PORT}}}",
        )
        if not self.tls:
            text = without(text, r"\n        - (transport_socket:.*?)filters:", "transport_socket")
        self.replicas = self.text("envoy/replicas.yaml")
        self.write("replicas.yaml", self.replicas)
        path = self.write("envoy.yaml", text)
        # The cores are shared with the replicas and the callers.
        program = pathlib.Path(sys.executable).parent / "envoy"
        options = ["--config-path", path, "--concurrency", "2", "--log-level", "warning", "--use-dynamic-base-id"]
        # The access log is read soon after a call.
        options += ["--file-flush-interval-msec", "100"]
        self.program = Program(self.name, [program, *options], self.folder)
        eventually("Envoy answers", lambda: self.ask("/ready"))

    def add(self, address):
        one = re.search(rf"( *- endpoint: .*{re.escape(self.network)}13, .*\n)", self.replicas)[1]
        self.replicas += one.replace(f"{self.network}13", address)
        self.write("replicas.yaml", self.replicas)

    def sends_to(self, address):
        """Whether the replica at the address gets calls."""
        for host in self.ask("/clusters?format=json")["cluster_statuses"][0].get("host_statuses", []):
            if host["address"]["socket_address"]["address"] == address:
                health = host["health_status"]
                health.pop("eds_health_status", None)
                return not any(health.values())
        return False

    def ask(self, path):
        self.program.require_runs()
        try:
            with urllib.request.urlopen(f"http://{self.network}1:{BALANCER_ADMIN_PORT}{path}", timeout=30) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        return json.loads(text) if text.startswith("{") else text


class Nginx(Balancer):
    name = "nginx"
    more_time = (
        ("grpc_connect_timeout 3s", "grpc_connect_timeout 30s"),
        ("grpc_next_upstream_timeout 5s", "grpc_next_upstream_timeout 60s"),
    )
    closes_for_reload = True
    asks_for_health = False

    def start(self):
        self.reload_with(self.given_time(self.text("nginx/nginx.conf")))
        options = ["-c", self.path, "-e", self.folder / "error.log", "-g", "daemon off;"]
        self.program = Program(self.name, [found("nginx"), *options], self.folder)
        eventually("NGINX has written its process id", self.has_started)

    def has_started(self):
        self.program.require_runs()
        return (self.folder / "nginx.pid").exists()

    def reload_with(self, text):
        self.configuration = text
        text = text.replace("/var/log/nginx", str(self.folder)).replace("/run/nginx.pid", f"{self.folder}/nginx.pid")
        text = replaced(text, "listen 443 ssl http2;", f"listen {self.listen} {'ssl ' if self.tls else ''}http2;")
        if not self.tls:
            text = re.sub(r"^ *ssl_.*\n", "", text, flags=re.MULTILINE)
        # Debian's folders for these are there where it is installed.
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"    {kind}_temp_path {self.folder}/{kind};\n" for kind in kinds)
        text = replaced(text, "http {\n", f"http {{\n{temporary}")
        # As root it would take another user, whose the folder is not.
        text = f"user {getpass.getuser()};\n{text}" if os.geteuid() == 0 else text
        self.path = self.write("nginx.conf", text)

    def add(self, address):
        one = re.search(rf"( *server {re.escape(self.network)}13:.*\n)", self.configuration)[1]
        self.reload_with(self.configuration.replace(one, one + one.replace(f"{self.network}13", address)))
        self.program.send(signal.SIGHUP)

    def sends_to(self, address):
        """Nothing, since it does not tell."""

    def access_log(self):
        return self.folder / "access.log"


class Haproxy(Balancer):
    name = "haproxy"
    more_time = (
        ("timeout connect 1s", "timeout connect 30s"),
        ("timeout check 1s", "timeout check 5s"),
        ("timeout http-request 10s", "timeout http-request 120s"),
    )
    closes_for_reload = True
    cuts_streams_by = "no_status"

    def start(self):
        self.reload_with(self.given_time(self.text("haproxy/haproxy.cfg")))
        # The second worker of a reload takes over the sockets of the first by this one.
        options = ["-W", "-f", self.path, "-S", self.folder / "master.sock"]
        self.program = Program(self.name, [found("haproxy"), *options], self.folder)

    def reload_with(self, text):
        self.configuration = text
        bind = "bind :443 ssl crt "
        if self.tls:
            text = replaced(text, bind, f"bind {self.listen} ssl crt ")
        else:
            text = re.sub(f"{bind}.*", f"bind {self.listen}", text)
        text = replaced(text, "maxconn 20000", f"maxconn 5000\n    stats socket {self.folder}/stats.sock mode 600")
        self.path = self.write("haproxy.cfg", text)

    def add(self, address):
        one = re.search(rf"( *server \S+ {re.escape(self.network)}13:.*\n?)", self.configuration)[1]
        other = one.replace(f"{self.network}13", address).replace("replica-3", f"replica-{address}")
        self.reload_with(self.configuration + other)
        self.program.send(signal.SIGUSR2)

    def sends_to(self, address):
        """It is asked at its socket, where it writes a table with commas."""
        self.program.require_runs()
        if not (self.folder / "stats.sock").exists():
            return False
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.folder / "stats.sock"))
            connection.sendall(b"show servers state replicas\n")
            lines = b"".join(iter(lambda: connection.recv(65536), b"")).decode().splitlines()
        servers = [line.split() for line in lines if line and not line.startswith("#")]
        # Address and operational state, which is 2 where the server is up.
        return any(server[4] == address and server[5] == "2" for server in servers if len(server) > 5)


BALANCERS = {balancer.name: balancer for balancer in (Envoy, Nginx, Haproxy)}


def found(program):
    path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    require(path, f"{program} is not installed")
    return path


def replaced(text, old, new):
    require(text.count(old) == 1, f"'{old}' is {text.count(old)} times in the configuration, not once")
    return text.replace(old, new)


def without(text, pattern, start):
    match = re.search(pattern, text, flags=re.DOTALL)
    if not match:
        raise Failed(f"there is no {start} in the configuration")
    return text[: match.start(1)] + text[match.end(1) :]
