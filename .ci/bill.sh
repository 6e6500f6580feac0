# shellcheck shell=bash
# shellcheck disable=SC2154 # lib.sh, which is sourced before it, has `need_python` set `python`
# Sourced by the stages that look at what a release says it is made of.

# bill_is_sound BILL NOTICES: the bill of materials is one by the schema of CycloneDX, has the
# crates that the notices have, and of what is no crate that which supply-chain.toml gives reasons for.
bill_is_sound() {
    local crate
    need_python .ci/sbom-requirements.txt
    "$python" - "$1" <<'EOF'
import json
import sys
import tomllib
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

bill = sys.argv[1]
text = open(bill).read()
if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
    sys.exit(str(fault))
groups = tomllib.load(open("supply-chain.toml", "rb"))["group"]
components = json.loads(text)["components"]
crates = {component["name"] for component in components if component["purl"].startswith("pkg:cargo/")}
others = {component["name"] for component in components if not component["purl"].startswith("pkg:cargo/")}
# Who has a crate has the code that it brings.
expected = {
    code
    for group in groups
    for code in group.get("code", [])
    if not group.get("native") or crates & set(group["native"])
}
if others != expected:
    sys.exit(f"{bill} has beside crates {sorted(others)}, and supply-chain.toml {sorted(expected)}")
EOF
    while read -r crate; do
        grep -qF "\"bom-ref\": \"pkg:cargo/$crate\"" "$1" || fail "the bill of materials should name $crate"
    done < <(sed -nE 's/^([^ ]+) v([^ ]+): .*/\1@\2/p' "$2")
    ! grep -qF "$PWD" "$1" || fail 'the bill of materials has paths of this machine in it'
}
