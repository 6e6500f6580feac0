"""The examples run and print what they say."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(name, folder):
    command = [sys.executable, str(EXAMPLES / name)]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()


def test_sweep(tmp_path):
    lines = run("sweep.py", tmp_path)
    assert [line.split(":")[0] for line in lines] == ["alpha 0.10", "alpha 0.14", "alpha 0.18", "alpha 0.22"]


def test_watch(tmp_path):
    lines = run("watch.py", tmp_path)
    assert len(lines) == 10
    assert lines[-1].startswith("step  500: ")
    assert (tmp_path / "field.npy").stat().st_size > 128 * 128 * 8
