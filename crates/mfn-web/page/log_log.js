// A chart with logarithmic axes: what a feature is read off.

import { fit } from "./analysis.js";
import { path, svg } from "./svg.js";
import { logTicks, written } from "./ticks.js";

const WIDTH = 340;
const HEIGHT = 262;
const AREA = { left: 72, right: 328, top: 10, bottom: 212 };
const AIR = 0.07;

// `points` are [x, y], both above zero; `line` is "fit", for the straight line of
// least squares, or "joined".
export function logLogChart({ title, xLabel, yLabel, points, line, without }) {
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title });
  const { left, right, top, bottom } = AREA;
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  root.append(
    svg("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top }),
    svg("text", { class: "middle label", x: middleX, y: HEIGHT - 12 }, xLabel),
    svg("text", { class: "middle label", transform: `translate(14 ${middleY}) rotate(-90)` }, yLabel),
  );
  if (points.length < 2) {
    root.append(svg("text", { class: "middle", x: middleX, y: middleY }, without));
    return root;
  }
  const ends = [points[0][0], points.at(-1)[0]];
  const through = line === "joined" ? points : ends.map((x) => [x, fit(points)(x)]);
  const all = [...points, ...through];
  const x = axis(all.map((point) => point[0]), left, right);
  const y = axis(all.map((point) => point[1]), bottom, top);
  // Edges, lags and wavenumbers are whole numbers.
  for (const { value } of logTicks(x.low, x.high, 6).filter((tick) => Number.isInteger(tick.value))) {
    root.append(
      svg("path", { class: "tick", d: `M${x.place(value)} ${bottom}v4` }),
      svg("text", { class: "middle", x: x.place(value), y: bottom + 17 }, written(value, 0)),
    );
  }
  for (const { value, label } of logTicks(y.low, y.high, 6)) {
    root.append(
      svg("path", { class: "tick", d: `M${left} ${y.place(value)}h-4` }),
      svg("text", { class: "end", x: left - 7, y: y.place(value) + 3.5 }, label),
    );
  }
  const places = (values) => values.map(([px, py]) => [x.place(px), y.place(py)]);
  root.append(svg("path", { class: line === "joined" ? "curve first" : "curve fit", d: path(places(through)) }));
  if (points.length < 60) {
    const r = points.length > 20 ? 1.8 : 3.6;
    for (const [cx, cy] of places(points)) root.append(svg("circle", { class: "mark first", cx, cy, r }));
  }
  return root;
}

function axis(values, from, to) {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  const air = low < high ? (high / low) ** AIR : 2;
  [low, high] = [low / air, high * air];
  return { low, high, place: (value) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from) };
}
