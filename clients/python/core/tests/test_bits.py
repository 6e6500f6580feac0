"""The core's bits beside those of plain NumPy, the known answers and the server."""

import dataclasses
import json
import random
from pathlib import Path

import numpy as np
import pytest

import mycelium_fractal_net_core as core
import plain_simulation

KNOWN = json.loads((Path(__file__).parents[4] / "fixtures" / "known-answers.json").read_text())
NAMES = ("growth_events", "pot_min_mV", "pot_max_mV", "pot_mean_mV", "pot_std_mV", "fractal_dimension")


def numbers(answer):
    return {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer) if f.name not in ("field_V", "step")}


@pytest.mark.parametrize("seed", [*range(8), -1, -(2**31)])
def test_a_simulation_has_the_bits_of_plain_numpy(seed):
    field, events = plain_simulation.simulate(seed, 64, 64, 0.18, 0.25, False)
    ours = core.simulate_mycelium_field(seed)
    assert np.array_equal(ours.field_V, field)
    assert ours.growth_events == events


def test_turing_and_a_size_that_is_no_multiple_of_eight():
    field, events = plain_simulation.simulate(11, 21, 700, 0.24, 0.9, True)
    ours = core.simulate_mycelium_field(11, 21, 700, 0.24, 0.9, True)
    assert np.array_equal(ours.field_V, field)
    assert ours.growth_events == events


@pytest.mark.parametrize("known", KNOWN["run_simulation"])
def test_known_simulations(known):
    ours = core.simulate_mycelium_field(**known["request"])
    assert {name: getattr(ours, name) for name in known["result"]} == known["result"]


@pytest.mark.parametrize("known", KNOWN["features"])
def test_known_features(known):
    ours = numbers(core.compute_fractal_features(core.simulate_mycelium_field(**known["request"])))
    for name, value in known["result"].items():
        # The known answers' spectrum is of another transform: spec/features.md allows this much.
        assert ours[name] == (pytest.approx(value, rel=1e-9) if name.startswith("spectral") else value), name


@pytest.mark.parametrize("known", KNOWN["validation"])
def test_known_validations(known):
    ours = numbers(core.run_validation(**known["request"]))
    assert {name: ours[name] for name in known["result"]} == known["result"]


def test_hundreds_of_requests_by_chance_have_the_server_s_bits():
    sdk = pytest.importorskip("mycelium_fractal_net.grpc")
    chance = random.Random(20)
    with sdk.MFNClientSync.local() as client:
        for _ in range(200):
            request = {
                "seed": chance.choice((0, -1, 2**31 - 1, chance.randrange(-(2**31), 2**31))),
                "grid_size": chance.randrange(4, 80),
                "steps": chance.randrange(1, 80),
                "alpha": chance.uniform(0.05, 0.2499),
                "spike_probability": chance.choice((0.0, 1.0, chance.random())),
                "turing_enabled": chance.random() < 0.5,
            }
            ours, theirs = core.simulate_mycelium_field(**request), client.run_simulation(**request, include_field=True)
            assert {name: getattr(ours, name) for name in NAMES} == {name: getattr(theirs, name) for name in NAMES}
            assert np.array_equal(ours.field, theirs.field)
            features = numbers(core.compute_fractal_features(ours))
            measured = client.extract_features(**request)
            assert features == {name: getattr(measured, name) for name in features}
        for seed in range(10):
            request = {"seed": seed, "grid_size": 8 + seed, "steps": 5, "epochs": 2, "quantum_jitter": seed % 2 == 0}
            measured, ours = client.validate_pattern(**request), numbers(core.run_validation(**request))
            assert ours == {name: getattr(measured, name) for name in ours}


def test_states_are_those_of_shorter_runs():
    states = list(core.stream_states(seed=3, steps=25, stream_interval=10, turing_enabled=True))
    assert [state.step for state in states] == [10, 20, 25]
    for state in states:
        shorter = core.simulate_mycelium_field(seed=3, steps=state.step, turing_enabled=True)
        assert np.array_equal(state.field_V, shorter.field_V)
        assert numbers(state) == numbers(shorter)


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_an_ensemble_is_its_simulations_in_the_order_of_the_seeds(threads):
    seeds = [5, -7, 0, 5, 2**31 - 1]
    ensemble = core.simulate_many(seeds, grid_size=24, steps=30, turing_enabled=True, threads=threads)
    for k, seed in enumerate(seeds):
        one = core.simulate_mycelium_field(seed, 24, 30, turing_enabled=True)
        assert np.array_equal(ensemble.fields[k], one.field)
        assert {name: getattr(ensemble, name)[k] for name in NAMES} == {name: getattr(one, name) for name in NAMES}
