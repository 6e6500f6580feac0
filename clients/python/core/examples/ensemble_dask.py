"""The same over the machines of a Dask cluster, here two processes of this machine.

python examples/ensemble_dask.py
"""

import numpy as np
from dask.distributed import Client, LocalCluster

import mycelium_fractal_net_core as core

SEEDS = range(1000)
PART = 250


def dimensions(seeds: range, alpha: float) -> "np.typing.NDArray[np.float64]":
    """Return the fractal dimensions of some seeds; each worker has its cores to itself."""
    return core.simulate_many(seeds, alpha=alpha, include_fields=False).fractal_dimension


if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        for alpha in (0.10, 0.14, 0.18, 0.22):
            parts = [client.submit(dimensions, SEEDS[k : k + PART], alpha) for k in range(0, len(SEEDS), PART)]
            dimension = np.concatenate(client.gather(parts))
            print(f"alpha {alpha:.2f}: {dimension.mean():.4f} +- {dimension.std(ddof=1):.4f}")
