// The statistics of the frames so far, as curves with the shown frame's values above.

import { Curve } from "./curves.js";
import { significant, written } from "./ticks.js";

const CURVES = [
  {
    title: "Potential",
    unit: "mV",
    least: 0.01,
    series: [
      { of: (frame) => frame.max, name: "max", className: "third", digits: 2 },
      { of: (frame) => frame.mean, name: "mean", className: "first", digits: 2 },
      { of: (frame) => frame.min, name: "min", className: "second", digits: 2 },
    ],
  },
  {
    title: "Standard deviation",
    unit: "mV",
    least: 1e-4,
    lowest: 0,
    series: [{ of: (frame) => frame.std, className: "first", digits: 4 }],
  },
  {
    title: "Fractal dimension",
    unit: "",
    least: 0.01,
    series: [{ of: (frame) => frame.dimension, className: "first", digits: 4 }],
  },
  {
    title: "Growth events",
    unit: "",
    least: 10,
    lowest: 0,
    series: [{ of: (frame) => frame.growthEvents, className: "first", digits: 0 }],
  },
];

export class Statistics {
  #curves;
  #frames = [];
  #frame = null;

  // `seek` is called with the index of the frame that is asked for.
  constructor(section, seek) {
    this.#curves = CURVES.map((about) => {
      const figure = document.createElement("figure");
      const caption = document.createElement("figcaption");
      const title = document.createElement("span");
      title.textContent = about.title;
      const values = about.series.map(({ name, className }) => {
        const value = document.createElement("output");
        value.className = name ? `value ${className}` : "value";
        return value;
      });
      caption.append(title, ...values);
      figure.append(caption);
      section.append(figure);
      return { ...about, values, curve: new Curve(figure, { ...about, seek }) };
    });
  }

  draw(frames, steps) {
    this.#frames = frames;
    for (const { curve } of this.#curves) curve.draw(frames, steps);
  }

  mark(index) {
    this.#frame = this.#frames[index] ?? null;
    for (const { curve, series, values, unit } of this.#curves) {
      curve.mark(index);
      series.forEach(({ of, name, digits }, k) => {
        const unitToo = k === series.length - 1 && unit ? `\u202f${unit}` : "";
        values[k].textContent = this.#frame
          ? `${name ? `${name} ` : ""}${written(of(this.#frame), digits)}${unitToo}`
          : "";
      });
    }
  }

  // Says the shown frame's values at each curve.
  describe() {
    if (!this.#frame) return;
    for (const { curve, series, unit } of this.#curves) {
      const values = series.map(({ of, name }) => `${name ?? ""} ${significant(of(this.#frame), 6)} ${unit}`.trim());
      curve.describe(`${values.join(", ")} at step ${this.#frame.step}`);
    }
  }
}
