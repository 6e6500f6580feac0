#!/usr/bin/env bash
# the core in a Python process has the bits of the server, of the known answers and of plain NumPy
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

core=clients/python/core

main() {
    cargo build --locked
    PATH=$PWD/target/debug:$PATH
    # Its own workspace has its own folder of what is built, beside the others.
    export CARGO_TARGET_DIR=$PWD/target/python-core

    need_component clippy clippy
    (cd "$core" && cargo clippy --quiet --release --locked -- -D warnings)

    need_python clients/python/requirements/newest.txt
    local bin=${python%/*}
    rm -rf target/wheel-core
    "$bin/maturin" build --quiet --release --manifest-path "$core/Cargo.toml" --interpreter "$python" --out target/wheel-core
    "$bin/pip" install --quiet --disable-pip-version-check --no-deps --force-reinstall clients/python target/wheel-core/*.whl
    (
        cd "$core"
        "$bin/ruff" check --quiet .
        "$bin/ruff" format --quiet --check .
        "$bin/mypy"
        "$bin/pyright" --pythonpath "$python"
        "$bin/pytest" -q
    )
    printf 'the wheel has %s bytes\n' "$(stat -c %s target/wheel-core/*.whl)"
}

main
