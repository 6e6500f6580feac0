"""What the core does beside computing: refusals, Ctrl-C, threads, pickling."""

import pickle
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import mycelium_fractal_net_core as core


def test_every_bad_parameter_is_named():
    with pytest.raises(ValueError, match=r"grid_size is 3, allowed is 4\.\.=1024; alpha is 0.5, allowed is"):
        core.simulate_mycelium_field(grid_size=3, alpha=0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.simulate_mycelium_field(seed=2**31), "seed is 2147483648, allowed is -2147483648..=2147483647"),
        (lambda: core.simulate_mycelium_field(steps=10**12), "steps is 2147483647, allowed is 1..=10000"),
        (lambda: core.simulate_mycelium_field(alpha=float("nan")), "alpha is NaN"),
        (lambda: core.run_validation(epochs=101), "epochs is 101, allowed is 1..=100"),
        (lambda: core.stream_states(stream_interval=0), "stream_interval is 0"),
        (lambda: core.simulate_many([1], threads=9999), "threads is 9999, allowed is 1..=1024"),
        (lambda: core.compute_fractal_features(np.zeros((4, 5))), r"not one of shape \(4, 5\)"),
        (lambda: core.compute_fractal_features(np.zeros((3, 3))), "N from 4 to 1024"),
        (lambda: core.compute_fractal_features(np.full((4, 4), np.nan)), "a cell of NaN V"),
        (lambda: core.compute_fractal_features(np.full((4, 4), -70.0)), "a cell of -70 V, allowed is -0.095..=0.04"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_an_ensemble_of_nothing_is_empty():
    ensemble = core.simulate_many([])
    assert (len(ensemble), ensemble.fields.shape) == (0, (0, 64, 64))


def test_an_ensemble_without_fields_has_the_same_numbers():
    without, whole = core.simulate_many(range(3), include_fields=False), core.simulate_many(range(3))
    assert without.fields is None
    assert np.array_equal(without.pot_std_mV, whole.pot_std_mV)


def test_a_field_may_be_written_to_and_a_result_pickled():
    one = core.simulate_mycelium_field(seed=1)
    copy = pickle.loads(pickle.dumps(one))
    assert np.array_equal(copy.field_V, one.field_V)
    one.field_V[0, 0] = 0.0
    assert copy.field_V[0, 0] != 0.0


def test_a_repr_shows_numbers_and_no_field():
    assert repr(core.simulate_mycelium_field(seed=42)).startswith(
        "Simulation(64 x 64, growth_events=12, pot_min_mV=-70.6"
    )
    assert repr(next(core.stream_states(seed=42))).endswith("step=10)")
    assert repr(core.simulate_many([1])) == "Ensemble(1 seeds, fields (1, 64, 64))"


def test_other_threads_run_while_it_computes():
    ran = threading.Event()
    threading.Timer(0.01, ran.set).start()
    # Nothing but the release of the lock lets the timer run before this ends, and this does not end before it has run.
    while not ran.is_set():
        core.simulate_mycelium_field(grid_size=512, steps=20)
    assert ran.is_set()


@pytest.mark.parametrize(
    "work",
    [
        "core.simulate_mycelium_field(grid_size=1024, steps=10000)",
        "core.simulate_many(range(100), grid_size=1024, steps=10000, include_fields=False)",
        "core.run_validation(grid_size=1024, steps=10000)",
        "list(core.stream_states(grid_size=1024, steps=10000, stream_interval=10000))",
    ],
)
def test_ctrl_c_stops_it(work):
    script = f"import mycelium_fractal_net_core as core\nprint('begins', flush=True)\n{work}\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begins\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors.strip().endswith("KeyboardInterrupt")
