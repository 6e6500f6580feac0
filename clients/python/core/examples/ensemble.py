"""The fractal dimension over many seeds, on all cores of this machine.

python examples/ensemble.py
"""

import mycelium_fractal_net_core as core

SEEDS = range(1000)

for alpha in (0.10, 0.14, 0.18, 0.22):
    dimension = core.simulate_many(SEEDS, alpha=alpha, include_fields=False).fractal_dimension
    print(f"alpha {alpha:.2f}: {dimension.mean():.4f} +- {dimension.std(ddof=1):.4f}")
