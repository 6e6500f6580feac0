// A statistic of the field over the steps, with the shown frame marked. A press on
// it shows the frame of that step.

import { path, svg } from "./svg.js";
import { ticks } from "./ticks.js";

// Between the axes and the edges of the drawing, in pixels: there is room for the longest label.
const MARGIN = { left: 56, right: 22, top: 8, bottom: 22 };
// More points than this would lie within one pixel.
const MOST_POINTS = 612;

export class Curve {
  #series;
  #title;
  #lines;
  #cursor = svg("line", { class: "cursor", y1: MARGIN.top });
  #dots;
  #axes = svg("g", { class: "axes" });
  #root;
  // Where the axes end; it follows the size of the drawing.
  #area = { ...MARGIN };
  #x = (step) => step;
  #y = (value) => value;
  #frames = [];
  #steps = 1;
  #marked = -1;

  // `series` are { of, name, className }, where `of` reads a value off a frame;
  // `seek` is called with the index of the frame that was pressed.
  constructor(container, { title, series, least, lowest = -Infinity, seek }) {
    this.#series = series;
    this.#title = title;
    this.least = least;
    this.lowest = lowest;
    this.#lines = series.map(({ className }) => svg("path", { class: `curve ${className}` }));
    this.#dots = series.map(({ className }) => svg("circle", { class: `mark ${className}`, r: 3.2 }));
    this.#root = svg(
      "svg",
      { role: "img", "aria-label": title },
      this.#axes,
      this.#cursor,
      ...this.#lines,
      ...this.#dots,
    );
    const plot = document.createElement("div");
    plot.className = "plot";
    plot.append(this.#root);
    container.append(plot);
    const press = (event) => {
      if (event.buttons === 0 || this.#frames.length === 0) return;
      seek(this.#frameAt(event.clientX - this.#root.getBoundingClientRect().left));
    };
    this.#root.addEventListener("pointerdown", press);
    this.#root.addEventListener("pointermove", press);
    new ResizeObserver(([{ contentRect: { width, height } }]) => this.#resize(width, height)).observe(plot);
  }

  // The curves of all frames so far, of a run of `steps` steps.
  draw(frames, steps) {
    this.#frames = frames;
    this.#steps = steps;
    const { left, right, top, bottom } = this.#area;
    const values = frames.flatMap((frame) => this.#series.map(({ of }) => of(frame)));
    let [low, high] = extent(values);
    const missing = Math.max(0, this.least - (high - low));
    const air = missing / 2 + (high - low) * 0.06;
    [low, high] = [Math.max(low - air, this.lowest), high + air];
    this.#x = (step) => left + (step / steps) * (right - left);
    this.#y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
    const every = Math.max(1, Math.ceil(frames.length / MOST_POINTS));
    const drawn = frames.filter((_, k) => k % every === 0 || k === frames.length - 1);
    this.#series.forEach(({ of }, k) => {
      this.#lines[k].setAttribute("d", path(drawn.map((frame) => [this.#x(frame.step), this.#y(of(frame))])));
    });
    if (frames.length > 0) this.#drawAxes(ticks(low, high, 4), ticks(0, steps, 5));
    else this.#drawAxes([], []);
  }

  // Marks the frame that is shown.
  mark(index) {
    this.#marked = index;
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

  // Its units are the pixels of the screen, so that letters and lines are everywhere of one size.
  #resize(width, height) {
    this.#root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#area = { ...MARGIN, right: width - MARGIN.right, bottom: height - MARGIN.bottom };
    this.#cursor.setAttribute("y2", this.#area.bottom);
    this.draw(this.#frames, this.#steps);
    this.mark(this.#marked);
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
    const { left, right, top, bottom } = this.#area;
    const parts = [svg("path", { class: "frame", d: `M${left} ${top}V${bottom}H${right}` })];
    for (const { value, label } of values) {
      const y = this.#y(value);
      parts.push(
        svg("path", { class: "grid", d: `M${left} ${y}H${right}` }),
        svg("text", { x: left - 6, y: y + 4, class: "end" }, label),
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
