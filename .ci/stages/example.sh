#!/usr/bin/env bash
# the example in Python is conformant in the profiles that it claims
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

example=conformance/examples/python

main() {
    cargo build --package conformance --locked
    need_python
    target/debug/conformance run --spawn "$python $example/server.py" --profile wire,errors --json target/example.json
    local conformant
    conformant=$(grep -c '"judgement": "conformant"' target/example.json) || true
    ((conformant == 2)) || fail "the example should be conformant in 2 profiles, not $conformant"
}

# Sets `python`, an interpreter that has what the example needs, kept for each list of that.
need_python() {
    need python3 python3
    local environment
    environment=$cache/python-$(sha256sum <"$example/requirements.txt" | cut -c 1-12)
    python=$environment/bin/python
    [[ -e $environment/complete ]] && return
    # Debian has it apart.
    python3 -c 'import ensurepip' 2>/dev/null || need ensurepip python3-venv
    python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$example/requirements.txt"
    touch "$environment/complete"
}

main
