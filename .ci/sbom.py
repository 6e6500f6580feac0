"""Prints what a program is made of, as a CycloneDX document.

    python3 .ci/sbom.py PACKAGE PROGRAM FEATURES EPOCH

Components are the crates that are linked into the program as it is released, with the
digests that Cargo.lock holds them to, and what is in it beside them (`sbom_native.py`).
PROGRAM is the file of the static program. The same tree and program give the same document.
"""

import json
import subprocess
import sys
import tomllib
from datetime import datetime, timezone
from pathlib import Path

from sbom_native import Runtime, code_of_crates

REGISTRY = "registry+"

# Name and version.
Crate = tuple[str, str]


def main(package: str, program: str, features: str, epoch: str) -> None:
    metadata = json.loads(cargo("metadata", "--format-version", "1"))
    crates = {(crate["name"], crate["version"]): crate for crate in metadata["packages"]}
    [version] = [version for name, version in crates if name == package]
    root = purl(package, version)
    needs = needs_of_linked(package, features)
    bundled = sorted(crate for crate in needs if crates[crate]["source"])
    own = [needed for crate, needed in needs.items() if not crates[crate]["source"]]
    # The crates of the tree itself are the program.
    refs = {root: set().union(*own)} | {purl(*crate): needs[crate] for crate in bundled}
    checksums = digests()
    code = code_of_crates([crates[crate] for crate in bundled])
    runtime = Runtime(Path(program))
    dependencies = [
        {"ref": ref, "dependsOn": sorted(purl(*crate) for crate in needed if crate in bundled)}
        for ref, needed in refs.items()
    ]
    for dependency in dependencies:
        name = dependency["ref"].removeprefix("pkg:cargo/").split("@")[0]
        dependency["dependsOn"] += [found["bom-ref"] for found in code.get(name, [])]
    dependencies[0]["dependsOn"] += [found["bom-ref"] for found in runtime.components()]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(int(epoch), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": package,
                "version": version,
                "purl": root,
                "licenses": [{"expression": "Apache-2.0"}],
            },
        },
        "components": [
            *(component(crates[crate], checksums) for crate in bundled),
            *(found for name in sorted(code) for found in code[name]),
            *runtime.components(),
        ],
        "dependencies": dependencies,
        # What made it, and is not in it.
        "formulation": [{"components": runtime.compilers}],
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


def needs_of_linked(package: str, features: str) -> dict[Crate, set[Crate]]:
    """Each crate of the program, and those that it depends on there."""
    selected = ["--package", package, "--features", features, "--edges", "normal,no-proc-macro"]
    tree = cargo("tree", *selected, "--prefix", "depth", "--format", " {p}")
    needs: dict[Crate, set[Crate]] = {}
    path: list[Crate] = []
    for line in tree.splitlines():
        depth, name, version, *_ = line.split()
        crate = (name, version.removeprefix("v"))
        path[int(depth) :] = [crate]
        needs.setdefault(crate, set())
        if len(path) > 1:
            needs[path[-2]].add(crate)
    return needs


def digests() -> dict[Crate, str]:
    lock = tomllib.loads(Path("Cargo.lock").read_text())
    return {(crate["name"], crate["version"]): crate["checksum"] for crate in lock["package"] if "checksum" in crate}


def component(crate: dict, checksums: dict[Crate, str]) -> dict:
    name, version = crate["name"], crate["version"]
    if not crate["source"].startswith(REGISTRY):
        sys.exit(f"{name} is from {crate['source']}, which has no digest in Cargo.lock")
    found = {
        "type": "library",
        "bom-ref": purl(name, version),
        "name": name,
        "version": version,
        "purl": purl(name, version),
        "hashes": [{"alg": "SHA-256", "content": checksums[name, version]}],
        # Some still write a slash where an OR is meant.
        "licenses": [{"expression": crate["license"].replace("/", " OR ")}],
    }
    if crate["repository"]:
        found["externalReferences"] = [{"type": "vcs", "url": crate["repository"]}]
    return found


def purl(name: str, version: str) -> str:
    return f"pkg:cargo/{name}@{version}"


def cargo(*arguments: str) -> str:
    run = subprocess.run(["cargo", *arguments, "--locked"], check=True, stdout=subprocess.PIPE, text=True)
    return run.stdout


if __name__ == "__main__":
    main(*sys.argv[1:])
