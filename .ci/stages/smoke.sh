#!/usr/bin/env bash
# the built program answers grpcurl, and ends cleanly on SIGTERM
source "$(dirname "${BASH_SOURCE[0]}")/../server.sh"

service=mfn.MFNSimulationService
# What the last call printed, on either stream.
answer=
# Flags of grpcurl that sign a call, if it is to be signed.
headers=()

main() {
    need_from_go github.com/fullstorydev/grpcurl/cmd/grpcurl 1.9.3
    grpcurl=$program
    cargo build --release --locked
    start_server

    grpcurl_prints list
    answer_has "$service"
    grpcurl_prints list "$service"
    answer_has "$service.RunSimulation"
    answer_has "$service.StreamSimulation"
    grpcurl_prints describe grpc.reflection.v1alpha.ServerReflection
    answer_has 'rpc ServerReflectionInfo'
    grpcurl_prints describe grpc.health.v1.HealthCheckResponse.SERVING
    answer_has 'SERVING = 1;'

    call RunSimulation '{"request_id":"test-123","seed":42,"grid_size":64,"steps":64}'
    answer_has '"requestId": "test-123"'
    answer_has '"growthEvents": 12'
    answer_has '"fractalDimension": 1.774263517239971'

    call StreamSimulation '{"seed":42,"steps":100,"stream_interval":30}'
    [[ $(grep -o '"step": [0-9]*' <<<"$answer" | tr -dc '0-9\n' | xargs) == '30 60 90 100' ]] ||
        fail "the stream should have frames at the steps 30, 60, 90 and 100: $answer"

    service=mfn.MFNFeaturesService
    call ExtractFeatures '{"seed":42,"turing_enabled":true}'
    answer_has '"lacunarity": 1.5406517502976407'
    answer_has '"activeNodes": 2063'

    service=mfn.MFNValidationService
    call ValidatePattern '{"seed":42,"grid_size":32,"steps":16,"turing_enabled":true}'
    answer_has '"lossStart": 1.7555064553603548'

    service=mfn.MFNSimulationService
    refused RunSimulation '{"grid_size":3,"steps":-1}'
    answer_has 'Code: InvalidArgument'
    answer_has grid_size
    answer_has steps

    stop_server
    with_keys
}

# What signs a call in Python, as its callers have it, against the server.
with_keys() {
    need python3 python3
    export MFN_API_KEY=key-of-the-smoke-test
    start_server
    service=mfn.MFNSimulationService

    refused RunSimulation '{"seed":42}'
    answer_has CREDENTIALS_MISSING
    mapfile -t headers < <(signed_by_python 0)
    call RunSimulation '{"seed":42}'
    answer_has '"growthEvents": 12'
    mapfile -t headers < <(signed_by_python 301)
    refused RunSimulation '{"seed":42}'
    answer_has TIMESTAMP_OUTSIDE_WINDOW
    answer_has '"skew_seconds": "-301'
    read -r -a headers < <(target/release/mfn sign "$service/RunSimulation")
    call RunSimulation '{"seed":42}'
    answer_has '"growthEvents": 12'

    stop_server
}

# signed_by_python AGE: flags of grpcurl for a call that was signed AGE seconds ago.
signed_by_python() {
    python3 - "$1" "/$service/RunSimulation" <<'END'
import hashlib, hmac, os, sys, time

age, method = sys.argv[1:]
key = os.environ["MFN_API_KEY"]
timestamp = str(time.time() - float(age))
signature = hmac.new(key.encode(), f"{timestamp}{method}".encode(), hashlib.sha256).hexdigest()
for header in (f"x-api-key: {key}", f"x-timestamp: {timestamp}", f"x-signature: {signature}"):
    print(f"-H\n{header}")
END
}

# grpcurl_prints ARGUMENT...: a request without a message, to the server.
grpcurl_prints() {
    answer=$("$grpcurl" -plaintext -max-time 20 "$address" "$@" 2>&1) || fail "grpcurl $*: $answer"
}

# call METHOD MESSAGE: a request that succeeds.
call() {
    answer=$(request "$@") || fail "$1 $2: $answer"
}

# refused METHOD MESSAGE: a request that fails.
refused() {
    ! answer=$(request "$@") || fail "$1 $2 should have been refused: $answer"
}

request() {
    "$grpcurl" -plaintext -max-time 20 "${headers[@]}" -d "$2" "$address" "$service/$1" 2>&1
}

# answer_has TEXT: the last call printed it.
answer_has() {
    grep -qF -- "$1" <<<"$answer" || fail "there should be '$1' in this answer: $answer"
}

main
