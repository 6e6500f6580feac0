"""What is linked into a program and is no crate: code of other languages that crates bring, `std`, and the C library.

Versions of the code of crates are read in their sources, which are what is compiled. Those of compilers, `std`, C
library and libgcc are read off the program itself: each of them writes its own into what it makes.
"""

import re
import sys
from pathlib import Path
from urllib.parse import quote

# By crate: the repository of what it compiles, the file that has the version, a pattern of it there, and the licence,
# if it is not the crate's own. AWS-LC has code of s2n-bignum and fiat-crypto, too: they have no versions but its own.
CODE_OF: dict[str, list[tuple[str, str, str, str | None]]] = {
    "aws-lc-sys": [
        ("aws/aws-lc", "aws-lc/include/openssl/base.h", r'AWSLC_VERSION_NUMBER_STRING "(\d+)\.(\d+)\.(\d+)"', None),
        (
            "smuellerDD/jitterentropy-library",
            "aws-lc/third_party/jitterentropy/jitterentropy-library/jitterentropy.h",
            r"(?s)JENT_MAJVERSION (\d+)\b.*JENT_MINVERSION (\d+)\b.*JENT_PATCHLEVEL (\d+)\b",
            "BSD-3-Clause OR GPL-2.0-only",
        ),
    ],
    # Without its feature `v2`, which nothing asks for.
    "libmimalloc-sys": [
        ("microsoft/mimalloc", "c_src/mimalloc/v3/include/mimalloc.h", r"MI_MALLOC_VERSION (\d+)(\d\d)(\d\d)\b", None)
    ],
}
# Links what `aws-lc-sys` compiles, and compiles nothing.
WITHOUT_CODE = {"aws-lc-rs"}


def code_of_crates(crates: list[dict]) -> dict[str, list[dict]]:
    """The code of other languages of each of these crates that has some, by the crate's name."""
    known = CODE_OF.keys() | WITHOUT_CODE
    unknown = [crate["name"] for crate in crates if crate["links"] and crate["name"] not in known]
    if unknown:
        sys.exit(f"{unknown} link code of another language, of which .ci/sbom_native.py should tell the versions")
    return {
        crate["name"]: [code(crate, *source) for source in CODE_OF[crate["name"]]]
        for crate in crates
        if crate["name"] in CODE_OF
    }


def code(crate: dict, repository: str, header: str, pattern: str, licence: str | None) -> dict:
    text = (Path(crate["manifest_path"]).parent / header).read_text()
    found = re.search(pattern, text) or sys.exit(f"{crate['name']} should have a version in {header}")
    version = ".".join(str(int(number)) for number in found.groups())
    return {
        "type": "library",
        "bom-ref": f"pkg:github/{repository.lower()}@v{version}",
        "name": repository.split("/")[1],
        "version": version,
        "licenses": [{"expression": licence or crate["license"]}],
        "purl": f"pkg:github/{repository.lower()}@v{version}",
        "externalReferences": [{"type": "vcs", "url": f"https://github.com/{repository}"}],
    }


class Runtime:
    """What compiler and linker add to a static program: `std`, the C library, and libgcc."""

    def __init__(self, program: Path) -> None:
        text = program.read_bytes()
        rustc = re.search(rb"rustc version ((\d+\.\d+\.\d+[\w.-]*)[ \w().-]*)", text)
        libc = re.search(rb"GNU C Library \(([^)]+)\) \w+ release version (\d+\.\d+)", text)
        gcc = sorted(set(re.findall(rb"GCC: (\([^)]+\) \d+\.\d+\.\d+)", text)), key=numbers)
        if not (rustc and libc and gcc):
            sys.exit(f"{program} should name the compilers and the GNU C Library that it is of")
        rust = rustc[2].decode()
        self.std = runtime(
            "rust-std",
            rust,
            "MIT OR Apache-2.0",
            f"pkg:github/rust-lang/rust@{rust}#library/std",
            f"rust-lang:rust:{rust}",
        )
        self.libc = of_distribution(
            "glibc", "glibc", libc[1].decode(), libc[2].decode(), "LGPL-2.1-or-later", "gnu:glibc"
        )
        # It is of the newest, which links; others may have compiled the C library.
        package, version = re.fullmatch(r"\((.+)\) (.+)", gcc[-1].decode()).groups()
        source = f"gcc-{version.split('.')[0]}"
        self.libgcc = of_distribution(
            "libgcc", source, package, version, "GPL-3.0-or-later WITH GCC-exception-3.1", "gnu:gcc"
        )
        self.compilers = [{"type": "application", "name": "rustc", "version": rustc[1].decode()}]
        self.compilers += [{"type": "application", "name": "gcc", "version": found.decode()} for found in gcc]
        if linker := re.search(rb"Linker: LLD ([\d.]+)", text):
            self.compilers.append({"type": "application", "name": "lld", "version": linker[1].decode()})

    def components(self) -> list[dict]:
        return [self.std, self.libc, self.libgcc]


def of_distribution(name: str, source: str, package: str, version: str, licence: str, product: str) -> dict:
    """What a distribution has packaged as `Debian GLIBC 2.36-9+deb12u14` or `Debian 12.2.0-14`, or nobody has."""
    packaged = re.fullmatch(r"(Debian|Ubuntu) (?:GLIBC )?(\S+)", package)
    if not packaged:
        return runtime(name, version, licence, f"pkg:generic/{source}@{version}", f"{product}:{version}")
    vendor, revision = packaged[1].lower(), packaged[2]
    purl = f"pkg:deb/{vendor}/{source}@{quote(revision, safe='')}?arch=source"
    return runtime(name, revision, licence, purl, f"{product}:{version}")


def runtime(name: str, version: str, licence: str, purl: str, product: str) -> dict:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": [{"expression": licence}],
        "cpe": f"cpe:2.3:a:{product}:*:*:*:*:*:*:*",
        "purl": purl,
    }


def numbers(version: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"\d+", version)]
