"""``python -m mycelium_fractal_net.grpc.server`` becomes ``mfn serve``; it takes the same flags and variables."""

import os
import sys
from typing import NoReturn

from .server_process import ServerProcess, program, serve, serve_forever

__all__ = ["ServerProcess", "main", "serve", "serve_forever"]


def main() -> NoReturn:
    """Become ``mfn serve`` with the arguments of this process."""
    try:
        path = program()
    except FileNotFoundError as error:
        sys.exit(str(error))
    os.execv(path, [path, "serve", *sys.argv[1:]])


if __name__ == "__main__":
    main()
