"""The store in which replicas share their limits."""

from network import STORE_PORT
from programs import Program


def start_store(network, folder):
    options = ["--bind", f"{network}1", "--port", STORE_PORT, "--save", "", "--appendonly", "no", "--dir", folder]
    store = Program("redis", ["redis-server", *options], folder)
    store.printed("Ready to accept connections")
    return store


def store_url(network):
    return f"redis://{network}1:{STORE_PORT}"
