#!/usr/bin/env bash
# the image is small, and what is in it serves as the first process of a container that may write nothing
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Bytes of all files in the image.
most_bytes=$((20 * 1024 * 1024))
method=mfn.MFNSimulationService/RunSimulation
export MFN_API_KEY=key-of-the-image

main() {
    need buildah buildah
    need ip iproute2
    need_python deploy/requirements.txt
    need_from_go github.com/fullstorydev/grpcurl/cmd/grpcurl 1.9.3
    ((EUID == 0)) || fail 'namespaces and another root folder need root'
    scratch=$(mktemp -d)
    trap 'end' EXIT
    dockerfile_is_sound
    bash .ci/release "$scratch" image
    unpack
    serves_and_ends
    refuses_what_the_image_of_python_was_told
}

# The stage that compiles cannot be run without other images, so it has to say what
# the release does.
dockerfile_is_sound() {
    local file=deploy/image/Dockerfile line
    "$(dirname "$python")/hadolint" "$file"
    for line in 'RUSTFLAGS="-C target-feature=+crt-static' 'cargo build --release --locked --package '; do
        [[ $(grep -lF -- "$line" "$file" .ci/static.sh | wc -l) == 2 ]] || fail "$file and .ci/static.sh should both have: $line"
    done
    grep -qF -- "--package mfn --features $(released_features mfn) " "$file" || fail "$file builds mfn with other features than .ci/lib.sh says"
    grep -qF "sbom.py mfn /mfn $(released_features mfn) " "$file" || fail "$file lists other features than .ci/lib.sh says"
    grep -qF "FROM rust:$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)-" "$file" || fail "$file has another Rust than Cargo.toml"
    grep -qF "ARG VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)" "$file" || fail "$file has another version than Cargo.toml"
}

# Sets `root`, a folder with what is in the image.
unpack() {
    local container bytes
    container=$(buildah_here from --quiet "oci-archive:$(echo "$scratch"/mfn-*-image.tar)")
    root=$(buildah_here mount "$container")
    bytes=$(find "$root" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
    printf 'the files of the image take %d bytes\n' "$bytes"
    ((bytes <= most_bytes)) || fail "the files of the image take $bytes bytes, more than $most_bytes"
    [[ $(find "$root" -type f -printf '%P\n' | LC_ALL=C sort | xargs) == 'THIRD-PARTY-NOTICES mfn mfn.cdx.json' ]] ||
        fail "there should be the program, its notices and its bill of materials alone: $(find "$root" -type f)"
    cmp "$root/mfn.cdx.json" "$scratch"/mfn-*-image.cdx.json
    local config
    config=$(buildah_here inspect --type container --format \
        '{{.OCIv1.Config.User}} {{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.Cmd}} {{.OCIv1.Config.StopSignal}} {{len .OCIv1.Config.ExposedPorts}}' "$container")
    [[ $config == '65532:65532 [/mfn] [serve] SIGTERM 2' ]] || fail "the image says: $config"
}

serves_and_ends() {
    start_container MFN_API_KEYS=$MFN_API_KEY,another-key
    local status answer
    status=$(<"/proc/$server/status")
    for line in 'Uid:	65532	65532	65532	65532' 'CapEff:	0000000000000000' 'NSpid:	.*	1'; do
        grep -qE "^$line\$" <<<"$status" || fail "the process should have the line '$line': $status"
    done
    grep -qE '^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / ro[, ]' "/proc/$server/mountinfo" || fail 'the root folder should not be writable'

    # shellcheck disable=SC2046 # flags of grpcurl
    answer=$(in_network "$program" -plaintext -max-time 20 $("$root/mfn" sign "$method") -d '{"seed":42}' 127.0.0.1:50051 "$method" 2>&1) ||
        fail "a signed call failed: $answer"
    grep -q '"growthEvents": 12' <<<"$answer" || fail "a signed call was answered: $answer"
    nsenter --target "$server" --mount --pid --net --root --setuid 65532 --setgid 65532 /mfn health >"$scratch/said" 2>&1 ||
        fail "the health check of the image failed: $(<"$scratch/said")"

    kill -TERM "$server"
    wait "$container" || fail "the server ended with the exit code $? on SIGTERM: $(<"$scratch/log")"
    container=
    grep -q '"code":"OK"' "$scratch/log" || fail "the audit should have the call: $(<"$scratch/log")"
}

# The variables that the Dockerfile of the Python server sets: TLS without files.
refuses_what_the_image_of_python_was_told() {
    local code=0
    (in_container MFN_GRPC_PORT=50051 MFN_GRPC_TLS_ENABLED=true) >"$scratch/said" 2>"$scratch/log" || code=$?
    ((code == 2)) || fail "TLS without files should end with the exit code 2, not $code: $(<"$scratch/log")"
    grep -q '^error: .*MFN_GRPC_TLS_CERT_PATH.* must name a file$' "$scratch/log" || fail "it should say what to change: $(<"$scratch/log")"
}

# start_container VARIABLE=VALUE...: sets `container`, and `server`, the program in it.
start_container() {
    mkfifo "$scratch/out"
    in_container "$@" >"$scratch/out" 2>"$scratch/log" &
    container=$!
    read -r -t 20 _ <"$scratch/out" || fail "the server printed no address within 20 s: $(<"$scratch/log")"
    server=$(<"/proc/$container/task/$container/children")
    server=${server%% *}
}

# in_container VARIABLE=VALUE...: what the image starts, as the first process of its
# own, with its own network, and with nothing in reach but the image.
in_container() {
    exec unshare --pid --fork --kill-child --mount --net bash -c '
        set -e
        ip link set lo up
        mount --bind "$1" "$1"
        mount -o remount,bind,ro "$1"
        cd "$1"
        exec env -i "${@:2}" "$(command -v chroot)" --userspec=65532:65532 "$1" /mfn serve' bash "$root" "$@"
}

in_network() {
    nsenter --target "$server" --net "$@"
}

buildah_here() {
    buildah --storage-driver vfs --root "$scratch/root" --runroot "$scratch/run" "$@"
}

end() {
    # Its user is another one than that of what started it, so it does not end with that.
    [[ -z ${container:-} ]] || kill -KILL ${server:-} "$container" 2>/dev/null || true
    rm -rf "$scratch"
}

main
