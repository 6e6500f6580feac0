// The features of the final field, as the server extracts them, and what they are
// read off, computed here from the field.

import { boxCounts, radialSpectrum, variogram } from "./analysis.js";
import { logLogChart } from "./log_log.js";
import { extractFeatures } from "./run.js";
import { significant } from "./ticks.js";

const NAMES = [
  ["fractalDimension", "Fractal dimension", ""],
  ["hurstExponent", "Hurst exponent", ""],
  ["lacunarity", "Lacunarity", ""],
  ["spectralEnergyMean", "Spectral energy, mean", "mV²"],
  ["spectralEnergyStd", "Spectral energy, st. dev.", "mV²"],
  ["activeNodes", "Active nodes", ""],
  ["edgeDensity", "Edge density", ""],
  ["clusteringCoefficient", "Clustering coefficient", ""],
];

export class Features {
  #note;
  #charts;
  #values;

  constructor(section) {
    this.#note = section.querySelector("#features-note");
    this.#charts = section.querySelector("#feature-charts");
    this.#values = section.querySelector("#feature-values");
  }

  clear() {
    this.#note.textContent = "They appear when the run has ended.";
    this.#note.hidden = false;
    this.#charts.replaceChildren();
    this.#values.replaceChildren();
  }

  // No run is under way: where none are shown, none will be.
  ended() {
    if (this.#values.childElementCount > 0) return;
    this.#note.textContent = "There are none: the run, or the call for them, did not come to its end.";
  }

  // Those of the last frame of a run with these parameters.
  async show({ field, size }, values, key, signal) {
    this.#note.textContent = "Asking the server for them…";
    const features = await extractFeatures(values, key, signal);
    // JSON leaves a zero out.
    const of = (name) => features[name] ?? 0;
    this.#charts.replaceChildren(
      figure("Fractal dimension", significant(of("fractalDimension"), 5), {
        title: "Box counts and their straight line",
        xLabel: "edge of a box (cells)",
        yLabel: "boxes with an active cell",
        points: boxCounts(field, size),
        line: "fit",
        without: "too few box sizes for a line",
      }),
      figure("Hurst exponent", significant(of("hurstExponent"), 5), {
        title: "Variogram and its straight line",
        xLabel: "lag (cells)",
        yLabel: "mean square difference (mV²)",
        points: variogram(field, size),
        line: "fit",
        without: "too few lags for a line",
      }),
      figure("Spectral energy", `${significant(of("spectralEnergyMean"), 4)}\u202fmV²`, {
        title: "Radial power spectrum",
        xLabel: "wavenumber (periods per edge)",
        yLabel: "mean power (mV²)",
        points: radialSpectrum(field, size),
        line: "joined",
        without: "too few wavenumbers for a line",
      }),
    );
    this.#values.replaceChildren(
      ...NAMES.map(([name, label, unit]) => {
        const pair = document.createElement("div");
        const [term, value] = [document.createElement("dt"), document.createElement("dd")];
        term.textContent = label;
        value.textContent = `${significant(of(name), 6)}${unit ? `\u202f${unit}` : ""}`;
        value.title = String(of(name));
        pair.append(term, value);
        return pair;
      }),
    );
    this.#note.hidden = true;
    const { spec } = features.meta?.meta ?? {};
    document.getElementById("version").textContent = spec ? `MFN specification ${spec}` : "";
  }
}

function figure(title, value, chart) {
  const element = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const [name, number] = [document.createElement("span"), document.createElement("span")];
  name.textContent = title;
  number.className = "value";
  number.textContent = value;
  caption.append(name, number);
  element.append(caption, logLogChart(chart));
  return element;
}
