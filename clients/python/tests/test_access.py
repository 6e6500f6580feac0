"""Keys, limits and TLS against the real server."""

import pytest

from mycelium_fractal_net.grpc import PermissionDenied, ResourceExhausted, ServerProcess, Unauthenticated, Unavailable

KEYS = """
[[key]]
id = "lab"
secrets = ["key-of-the-lab"]

[[key]]
id = "guest"
secrets = ["key-of-a-guest"]
services = ["features"]
rps = 1
"""


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    file = folder / "keys.toml"
    file.write_text(KEYS)
    file.chmod(0o600)
    settings = {"host": "127.0.0.1", "port": 0, "api_keys_file": str(file), "replay_protection": True}
    with ServerProcess.start({**settings, "audit_log": "off"}, inherit=False) as started:
        yield started


def test_a_signed_call_is_admitted_every_time_also_with_replay_protection(call, keyed):
    for _ in range(20):
        call(keyed.address, "run_simulation", {"api_key": "key-of-the-lab"}, steps=1)


def test_the_key_may_come_from_the_environment(call, keyed, monkeypatch):
    monkeypatch.setenv("MFN_API_KEY", " key-of-the-lab\n")
    call(keyed.address, "run_simulation", steps=1)


def test_no_key_and_a_wrong_key_are_told_apart(call, keyed):
    for key, reason in (("", "CREDENTIALS_MISSING"), ("key-of-nobody", "CREDENTIALS_INVALID")):
        with pytest.raises(Unauthenticated) as raised:
            call(keyed.address, "run_simulation", {"api_key": key})
        assert raised.value.reason == reason
        assert "key-of-nobody" not in repr(raised.value)


def test_a_key_without_the_scope_is_denied(call, keyed):
    with pytest.raises(PermissionDenied) as raised:
        call(keyed.address, "run_simulation", {"api_key": "key-of-a-guest"})
    assert raised.value.reason == "SCOPE_DENIED"


def test_a_limit_says_when_to_come_back(call, keyed):
    def call_often():
        # However slow this machine is at times, two of these come within one second.
        for _ in range(20):
            call(keyed.address, "extract_features", {"api_key": "key-of-a-guest", "max_retries": 0}, steps=1)

    with pytest.raises(ResourceExhausted) as raised:
        call_often()
    assert raised.value.reason == "RATE_LIMIT_RPS"
    assert 0 < raised.value.retry_after <= 1


def test_a_retry_waits_until_the_limit_lets_the_call_through(call, keyed):
    for _ in range(2):
        call(keyed.address, "extract_features", {"api_key": "key-of-a-guest"}, steps=1)


@pytest.fixture(scope="module")
def secure(certificates):
    settings = {
        "host": "127.0.0.1",
        "port": 0,
        "tls_enabled": True,
        "tls_cert_path": str(certificates / "server.pem"),
        "tls_key_path": str(certificates / "server.key"),
        "audit_log": "off",
    }
    with ServerProcess.start(settings, inherit=False) as started:
        yield started.address.replace("127.0.0.1", "localhost")


def test_tls_trusts_the_authority_that_it_is_given(call, secure, certificates):
    ca = certificates / "ca.pem"
    for given in (ca, str(ca), ca.read_bytes()):
        call(secure, "run_simulation", {"ca": given}, steps=1)
    call(f"https://{secure}", "run_simulation", {"ca": ca}, steps=1)


def test_tls_refuses_a_certificate_of_an_unknown_authority(call, secure):
    with pytest.raises(Unavailable) as raised:
        call(secure, "run_simulation", {"use_tls": True, "max_retries": 0})
    assert raised.value.address == secure


def test_http_and_certificates_exclude_each_other(call, secure, certificates):
    with pytest.raises(ValueError, match="without TLS"):
        call(f"http://{secure}", "run_simulation", {"ca": certificates / "ca.pem"})


def test_a_key_does_not_show_in_what_is_printed(keyed):
    from mycelium_fractal_net.grpc import MFNClientSync

    with MFNClientSync(keyed.address, api_key="key-of-the-lab") as client:
        assert "key-of-the-lab" not in repr(client)
        assert "key-of-the-lab" not in repr(client._signer)
