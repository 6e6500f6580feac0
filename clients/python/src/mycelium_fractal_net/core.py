"""The MFN core in this process; it is in a distribution of its own, which the extra ``local`` brings."""

try:
    from mycelium_fractal_net_core import (
        Ensemble,
        Features,
        Simulation,
        State,
        Validation,
        compute_fractal_features,
        run_validation,
        simulate_many,
        simulate_mycelium_field,
        stream_states,
    )
except ImportError as error:
    raise ImportError("mycelium_fractal_net.core needs: pip install 'mycelium-fractal-net[local]'") from error

__all__ = [
    "Ensemble",
    "Features",
    "Simulation",
    "State",
    "Validation",
    "compute_fractal_features",
    "run_validation",
    "simulate_many",
    "simulate_mycelium_field",
    "stream_states",
]
