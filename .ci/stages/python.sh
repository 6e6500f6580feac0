#!/usr/bin/env bash
# the Python SDK is typed and documented, calls the server with its oldest and newest dependencies, and installs from its wheel
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

sdk=clients/python

main() {
    cargo build --locked
    PATH=$PWD/target/debug:$PATH
    need openssl openssl

    # The newest of everything, with the checkers of types and style.
    need_python "$sdk/requirements/newest.txt"
    local newest=${python%/*}
    wheel=$(build_wheel "$newest")
    "$newest/pip" install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
    (
        cd "$sdk"
        "$newest/ruff" check --quiet .
        "$newest/ruff" format --quiet --check .
        "$newest/mypy"
        "$newest/pyright" --pythonpath "$newest/python"
        "$newest/pytest" -q
    )

    # The oldest that it admits, which also writes the generated code.
    need_python "$sdk/requirements/oldest.txt"
    "$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$wheel"
    PYTHON=$python "$sdk/generate" --check
    (cd "$sdk" && "$python" -m pytest -q)

    # What is installed from the wheel alone, with what it asks for.
    local clean=target/python-clean
    python3 -m venv --clear "$clean"
    "$clean/bin/pip" install --quiet --disable-pip-version-check "$wheel"
    "$clean/bin/python" "$sdk/examples/sweep.py"
    printf 'the wheel has %s bytes\n' "$(stat -c %s "$wheel")"
}

# build_wheel BIN: builds the wheel with the tools in BIN and prints its path.
build_wheel() {
    rm -rf target/wheel
    "$1/python" -m build --quiet --wheel --no-isolation --outdir target/wheel "$sdk" >/dev/null
    echo target/wheel/*.whl
}

main
