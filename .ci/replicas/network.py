"""Addresses of their own for everything in a test."""

import os


def own_network():
    """The first 24 bits of addresses of the loopback network, by chance, so that two runs do not meet."""
    block = os.urandom(2)
    return f"127.{16 + block[0] % 224}.{block[1]}."
