"""Addresses and ports of their own for everything in a test."""

import os
import pathlib
import random
import socket


def own_network():
    """The first 24 bits of addresses of the loopback network, by chance, so that two runs do not meet."""
    block = os.urandom(2)
    return f"127.{16 + block[0] % 224}.{block[1]}."


def own_ports(count):
    """Ports by chance that nobody has at any address.

    Whoever listens on a port at all addresses has it on the loopback network as well. The kernel gives
    ports to those who ask for any from a range of its own, and these are below it, so that nobody is
    given one before it is used here.
    """
    first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    # Those below need a privilege.
    candidates = range(1024, first) if first > 10000 else range(first, 65536)
    return [port for port in random.sample(candidates, 100) if is_free(port)][:count]


def is_free(port):
    with socket.socket() as listener:
        try:
            listener.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


REPLICA_PORT, ADMIN_PORT, BALANCER_PORT, BALANCER_ADMIN_PORT, STORE_PORT = own_ports(5)
