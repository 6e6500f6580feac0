"""Compares what Prometheus has scraped with what the load tool has counted: metrics.py PROMETHEUS FOLDER,
where the folder has a report of the load tool for each method."""

import json
import pathlib
import sys
import time
import urllib.parse
import urllib.request

# As in spec/metrics.md, in seconds.
BOUNDS = [b * scale for scale in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1) for b in (1, 2.5, 5)] + [1, 2.5, 5, 10, 30, 100]
# Until the last calls are scraped, and the rules evaluated with them.
PATIENCE_S = 20


def main():
    prometheus, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    reports = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    assert len(reports) == 5, f"a report of each method is needed, and there are {list(reports)}"
    expected = {}
    for method, report in reports.items():
        assert report["codes"] == {"OK": report["calls"]}, report["codes"]
        # The load tool makes one call before the load, which it does not count.
        expected[f'grpc_server_handled_total{{grpc_method="{method}",grpc_code="OK"}}'] = report["calls"] + 1
        sent = report["messages"] // report["calls"] * (report["calls"] + 1)
        expected[f'grpc_server_msg_sent_total{{grpc_method="{method}"}}'] = sent
    calls = sum(report["calls"] + 1 for report in reports.values())
    expected['mfn_refused_total{reason="PARAMETER_OUT_OF_RANGE"}'] = 1
    expected["sum(mfn_refused_total)"] = 1
    expected["sum(grpc_server_started_total)"] = calls + 1
    expected["sum(grpc_server_handled_total)"] = calls + 1
    expected["sum(grpc_server_handling_seconds_count)"] = calls + 1
    expected["sum(mfn_key_calls_total)"] = calls + 1
    expected["mfn_streams"] = 0

    wrong = wait_for(prometheus, expected)
    assert not wrong, f"not as the load tool has counted: {wrong}"
    print(f"{calls + 1} calls: Prometheus has counted each of them once")
    compare_latencies(prometheus, reports)
    check_rules(prometheus)


def wait_for(prometheus, expected):
    """What is not as expected in the end: queries, what they are and should be."""
    end = time.monotonic() + PATIENCE_S
    while True:
        actual = {query: ask(prometheus, query) for query in expected}
        wrong = {query: (actual[query], expected[query]) for query in expected if actual[query] != expected[query]}
        if not wrong or time.monotonic() > end:
            return wrong
        time.sleep(0.5)


def ask(prometheus, query):
    result = vector(prometheus, query)
    return float(result[0]["value"][1]) if len(result) == 1 else None


def vector(prometheus, query):
    url = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]["result"]
    except OSError:
        # It has not started yet.
        return []


def compare_latencies(prometheus, reports):
    print(f"{'method':<18} {'':4} {'server':>10} {'load tool':>10}")
    for method, report in reports.items():
        for quantile in (50, 90, 99):
            buckets = f'sum by (le) (grpc_server_handling_seconds_bucket{{grpc_method="{method}"}})'
            of_server = ask(prometheus, f"histogram_quantile({quantile / 100}, {buckets})")
            of_client = report["latency"]["measured"][f"p{quantile}_us"] / 1e6
            print(f"{method:<18} P{quantile:<3} {of_server * 1e3:>7.3f} ms {of_client * 1e3:>7.3f} ms")
            if quantile == 50:
                # The server's part of a call is no longer than the call; it is known to a bucket. Above the
                # median it may be: the system can take the server's core between an answer and its end.
                lower = max((bound for bound in BOUNDS if bound < of_server), default=0)
                assert lower <= of_client * 1.05, f"{method}: P50 is {of_server} s, and {of_client} s for the client"


def check_rules(prometheus):
    recorded = vector(prometheus, '{__name__=~"job.*:.*"}')
    names = {series["metric"]["__name__"] for series in recorded}
    assert len(names) >= 7, f"only these rules have answers: {names}"
    firing = vector(prometheus, 'ALERTS{alertstate="firing"}')
    assert not firing, f"a server that is well raises {firing}"
    print(f"{len(names)} recording rules have answers, and no alert is raised")


if __name__ == "__main__":
    main()
