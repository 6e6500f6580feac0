"""A simulation while it runs: a line for each frame, then its last field in a file.

python examples/watch.py [ADDRESS]
"""

import sys

import numpy as np

from mycelium_fractal_net.grpc import MFNClientSync

with MFNClientSync(sys.argv[1]) if len(sys.argv) > 1 else MFNClientSync.local() as client:
    for frame in client.stream_simulation(seed=42, grid_size=128, steps=500, stream_interval=50, include_field=True):
        print(
            f"step {frame.step:4}: {frame.growth_events:4} events, {frame.pot_min_mV:.2f} to {frame.pot_max_mV:.2f} mV"
        )
        if frame.is_final and frame.field is not None:
            np.save("field.npy", frame.field)
