"""The examples run, and say the same whether threads or processes compute."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


def lines(name):
    return subprocess.run([sys.executable, EXAMPLES / name], check=True, capture_output=True, text=True).stdout


def test_processes_of_dask_compute_what_threads_do():
    pytest.importorskip("dask.distributed")
    assert lines("ensemble_dask.py") == lines("ensemble.py")
    assert lines("ensemble.py").startswith("alpha 0.10: 1.7")
