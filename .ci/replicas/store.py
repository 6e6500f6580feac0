"""The store in which replicas share their limits."""

from programs import Program

PORT = 6379


def start_store(network, folder):
    options = ["--bind", f"{network}1", "--port", PORT, "--save", "", "--appendonly", "no", "--dir", folder]
    store = Program("redis", ["redis-server", *options], folder)
    store.printed("Ready to accept connections")
    return store


def store_url(network):
    return f"redis://{network}1:{PORT}"
