// A statistic of the field over the steps, with the shown frame marked. A press on
// it shows the frame of that step.

import { path, svg } from "./svg.js";
import { ticks } from "./ticks.js";

const WIDTH = 360;
const HEIGHT = 150;
const AREA = { left: 46, right: 346, top: 8, bottom: 130 };
// More points than this would lie within one pixel.
const MOST_POINTS = 612;

export class Curve {
  #series;
  #title;
  #lines;
  #cursor = svg("line", { class: "cursor", y1: AREA.top, y2: AREA.bottom });
  #dots;
  #axes = svg("g", { class: "axes" });
  #root;
  #x = (step) => step;
  #y = (value) => value;
  #frames = [];

  // `series` are { of, name, className }, where `of` reads a value off a frame;
  // `seek` is called with the index of the frame that was pressed.
  constructor(container, { title, series, least, seek }) {
    this.#series = series;
    this.#title = title;
    this.least = least;
    this.#lines = series.map(({ className }) => svg("path", { class: `curve ${className}` }));
    this.#dots = series.map(({ className }) => svg("circle", { class: `mark ${className}`, r: 3.2 }));
    this.#root = svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title },
      this.#axes,
      this.#cursor,
      ...this.#lines,
      ...this.#dots,
    );
    container.append(this.#root);
    const press = (event) => {
      if (event.buttons === 0 || this.#frames.length === 0) return;
      const box = this.#root.getBoundingClientRect();
      seek(this.#frameAt(((event.clientX - box.left) / box.width) * WIDTH));
    };
    this.#root.addEventListener("pointerdown", press);
    this.#root.addEventListener("pointermove", press);
    this.#drawAxes([], []);
    this.mark(-1);
  }

  // The curves of all frames so far, of a run of `steps` steps.
  draw(frames, steps) {
    this.#frames = frames;
    const values = frames.flatMap((frame) => this.#series.map(({ of }) => of(frame)));
    let [low, high] = extent(values);
    const missing = Math.max(0, this.least - (high - low));
    low -= missing / 2 + (high - low) * 0.06;
    high += missing / 2 + (high - low) * 0.06;
    this.#x = (step) => AREA.left + (step / steps) * (AREA.right - AREA.left);
    this.#y = (value) => AREA.bottom - ((value - low) / (high - low)) * (AREA.bottom - AREA.top);
    const every = Math.max(1, Math.ceil(frames.length / MOST_POINTS));
    const drawn = frames.filter((_, k) => k % every === 0 || k === frames.length - 1);
    this.#series.forEach(({ of }, k) => {
      this.#lines[k].setAttribute("d", path(drawn.map((frame) => [this.#x(frame.step), this.#y(of(frame))])));
    });
    if (frames.length > 0) this.#drawAxes(ticks(low, high, 4), ticks(0, steps, 5));
  }

  // Marks the frame that is shown.
  mark(index) {
    const frame = this.#frames[index];
    for (const element of [this.#cursor, ...this.#dots]) {
      element.setAttribute("visibility", frame ? "visible" : "hidden");
    }
    if (!frame) return;
    const x = this.#x(frame.step);
    this.#cursor.setAttribute("x1", x);
    this.#cursor.setAttribute("x2", x);
    this.#series.forEach(({ of }, k) => {
      this.#dots[k].setAttribute("cx", x);
      this.#dots[k].setAttribute("cy", this.#y(of(frame)));
    });
  }

  // What it shows, in words.
  describe(text) {
    this.#root.setAttribute("aria-label", `${this.#title}: ${text}`);
  }

  #frameAt(x) {
    const distance = (frame) => Math.abs(this.#x(frame.step) - x);
    let nearest = 0;
    this.#frames.forEach((frame, k) => {
      if (distance(frame) < distance(this.#frames[nearest])) nearest = k;
    });
    return nearest;
  }

  #drawAxes(values, steps) {
    const { left, right, top, bottom } = AREA;
    const parts = [svg("path", { class: "frame", d: `M${left} ${top}V${bottom}H${right}` })];
    for (const { value, label } of values) {
      const y = this.#y(value);
      parts.push(
        svg("path", { class: "grid", d: `M${left} ${y}H${right}` }),
        svg("text", { x: left - 6, y: y + 3.5, class: "end" }, label),
      );
    }
    for (const { value, label } of steps) {
      const x = this.#x(value);
      parts.push(
        svg("path", { class: "tick", d: `M${x} ${bottom}v4` }),
        svg("text", { x, y: bottom + 16, class: "middle" }, label),
      );
    }
    this.#axes.replaceChildren(...parts);
  }
}

function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}
