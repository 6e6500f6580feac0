"""The fractal dimension as alpha grows, over many seeds: calls run at once, as many as the server lets one caller have.

python examples/sweep.py [ADDRESS]
"""

import asyncio
import statistics
import sys

from mycelium_fractal_net.grpc import MFNClient

ALPHAS = (0.10, 0.14, 0.18, 0.22)
SEEDS = range(50)
AT_ONCE = 50


async def dimensions(client: MFNClient, alpha: float) -> list[float]:
    """Return the fractal dimension of one simulation a seed."""
    permits = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int) -> float:
        async with permits:
            return (await client.run_simulation(seed=seed, alpha=alpha, steps=256)).fractal_dimension

    return await asyncio.gather(*map(one, SEEDS))


async def main() -> None:
    """Print a line for each alpha."""
    async with MFNClient(sys.argv[1]) if len(sys.argv) > 1 else MFNClient.local() as client:
        for alpha in ALPHAS:
            values = await dimensions(client, alpha)
            print(f"alpha {alpha:.2f}: {statistics.mean(values):.4f} +- {statistics.stdev(values):.4f}")


asyncio.run(main())
