"""Client of the MyceliumFractalNet (MFN) API.

``mycelium_fractal_net.grpc`` has the clients: ``MFNClient`` for asyncio, ``MFNClientSync`` for everything else.
"""

__version__ = "0.1.0"
