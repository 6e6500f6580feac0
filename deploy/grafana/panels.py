#!/usr/bin/env python3
"""Asks a Prometheus what the panels of the dashboard beside this file show.

    panels.py http://127.0.0.1:9090 --check             every query has an answer, or exit code 1
    panels.py http://127.0.0.1:9090 --svg panels.svg    draws the last minutes of all panels
"""

import argparse
import json
import math
import pathlib
import sys
import time
import urllib.parse
import urllib.request
from xml.sax.saxutils import escape

DASHBOARD = pathlib.Path(__file__).with_name("mfn.json")
COLOURS = ["#1b6ca8", "#d1495b", "#2e933c", "#b58900", "#6c4ab6", "#00868b", "#8d5524", "#666666"]
WIDTH, HEIGHT, COLUMNS = 340, 210, 3
LEFT, TOP, BOTTOM = 52, 30, 62


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("prometheus")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--window", default="15s", help="what rates are taken over")
    parser.add_argument("--seconds", type=int, default=120, help="how much is drawn")
    options = parser.parse_args()
    panels = json.loads(DASHBOARD.read_text())["panels"]
    if options.check:
        check(options, panels)
    if options.svg:
        options.svg.write_text(draw(options, panels))


def check(options, panels):
    """Exits if a query fails, or has no answer that is a number."""
    failed = count = 0
    for panel in panels:
        for target in panel["targets"]:
            count += 1
            query = filled(target["expr"], options.window)
            result = ask(options.prometheus, "query", query=query)
            numbers = [float(series["value"][1]) for series in result]
            if not any(map(math.isfinite, numbers)):
                failed += 1
                print(f"{panel['title']}: no answer to {query}", file=sys.stderr)
    print(f"{count - failed} of {count} queries of {len(panels)} panels have answers")
    if failed:
        sys.exit(1)


def filled(expression, window):
    """With what Grafana would put in the place of its variables."""
    return expression.replace("$__rate_interval", window).replace("$job", ".*")


def ask(prometheus, path, **parameters):
    url = f"{prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]["result"]


def draw(options, panels):
    end = time.time()
    start = end - options.seconds
    rows = -(-len(panels) // COLUMNS)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}"'
        ' font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        series = []
        for target in panel["targets"]:
            query = filled(target["expr"], options.window)
            step = max(1, options.seconds // 120)
            result = ask(options.prometheus, "query_range", query=query, start=start, end=end, step=step)
            series += [(legend(target, line["metric"]), points(line)) for line in result]
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x},{y})">')
        parts += draw_panel(panel, series, start, end)
        parts.append("</g>")
    return "\n".join(parts + ["</svg>"]) + "\n"


def legend(target, labels):
    text = target["legendFormat"]
    for name, value in labels.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def points(line):
    numbers = ((float(at), float(value)) for at, value in line["values"])
    return [(at, value) for at, value in numbers if math.isfinite(value)]


def draw_panel(panel, series, start, end):
    # What was zero throughout, as most codes and reasons are, would hide the rest.
    shown = [line for line in series if any(value > 0 for _, value in line[1])] or series[:1]
    top = max((value for _, line in shown for _, value in line), default=0) or 1
    unit = panel["fieldConfig"]["defaults"]["unit"]
    right, bottom = WIDTH - 12, HEIGHT - BOTTOM
    yield f'<text x="{LEFT}" y="18" font-size="12" font-weight="bold">{escape(panel["title"])}</text>'
    for part in (0, 0.5, 1):
        y = bottom - part * (bottom - TOP)
        yield f'<line x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 4}" y="{y + 3:.1f}" text-anchor="end" fill="#555555">{number(part * top, unit)}</text>'
    for index, (_, line) in enumerate(shown):
        places = " ".join(
            f"{LEFT + (at - start) / (end - start) * (right - LEFT):.1f},{bottom - value / top * (bottom - TOP):.1f}"
            for at, value in line
        )
        yield f'<polyline points="{places}" fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="1.5"/>'
    for index, (name, _) in enumerate(shown[:6]):
        x, y = LEFT + index % 2 * 140, bottom + 16 + index // 2 * 13
        yield f'<rect x="{x}" y="{y - 7}" width="8" height="8" fill="{COLOURS[index % len(COLOURS)]}"/>'
        yield f'<text x="{x + 12}" y="{y}">{escape(name)}</text>'


def number(value, unit):
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g}"


if __name__ == "__main__":
    main()
