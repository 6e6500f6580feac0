// Shows frames: the field, the statistics, and where in the run they are.

import { csv, npy, picture, save } from "./downloads.js";
import { FieldView } from "./field_view.js";
import { scaleOf } from "./scale.js";
import { Statistics } from "./statistics.js";
import { written } from "./ticks.js";

const element = (id) => document.getElementById(id);
const SPEEDS = ["3", "10", "30", "60"];
const MODES = ["follow", "range", "fixed"];
// Curves are drawn anew at most so often, in milliseconds.
const CURVES_EVERY = 100;
const ENDINGS = { complete: "The run has ended", stopped: "Stopped", broken: "Broken off" };

export class Display {
  #player;
  #view = new FieldView();
  #statistics;
  #recording = { frames: [] };
  #steps = 1;
  #values = {};
  #shown = null;
  #scale = { low: -95, high: 40 };
  #drawn = 0;

  // `changed` is called when scale or speed were.
  constructor(player, changed) {
    this.#player = player;
    this.#statistics = new Statistics(element("curves"), (index) => player.seek(index));
    element("first").addEventListener("click", () => player.seek(0));
    element("back").addEventListener("click", () => player.step(-1));
    element("play").addEventListener("click", () => player.toggle());
    element("on").addEventListener("click", () => player.step(1));
    element("last").addEventListener("click", () => player.seek(Infinity));
    element("timeline").addEventListener("input", (event) => player.seek(Number(event.target.value)));
    element("speed").addEventListener("change", () => {
      player.framesPerSecond = Number(element("speed").value);
      changed();
    });
    element("scale").addEventListener("change", () => {
      this.#modeChanged();
      changed();
    });
    for (const id of ["low", "high"]) {
      element(id).addEventListener("input", () => {
        this.#redraw();
        changed();
      });
    }
    element("download-csv").addEventListener("click", () => save(csv(this.#shown), `${this.#name()}.csv`));
    element("download-npy").addEventListener("click", () => save(npy(this.#shown), `${this.#name()}.npy`));
    element("download-png").addEventListener("click", async () => {
      save(await picture(this.#shown, this.#scale, this.#about()), `${this.#name()}.png`);
    });
  }

  // A run is under way whose first frame has not come; until then the one before can be looked at.
  waits() {
    element("status").textContent = "Waiting for the first frame";
  }

  begin(recording, values) {
    this.#recording = recording;
    this.#values = values;
    // Zero and absent are the default.
    this.#steps = values.steps || 64;
    element("status").textContent = "Running";
    this.#drawn = 0;
  }

  // The recording has a frame more.
  grown() {
    const count = this.#recording.frames.length;
    element("timeline").max = count - 1;
    if (performance.now() - this.#drawn > CURVES_EVERY || count === 1) this.#drawCurves();
  }

  finished() {
    this.#drawCurves();
  }

  // No run is under way: says how that which is shown has ended.
  ended() {
    this.#drawCurves();
    const { frames, last, stride, ending } = this.#recording;
    const of = ending === "complete" ? "" : ` of ${this.#steps}`;
    const kept = stride > 1 ? `; fields are kept of one in ${stride}` : "";
    element("status").textContent = last ? `${ENDINGS[ending]}: step ${last.step}${of}, ${frames.length} frames${kept}` : "";
  }

  show(index) {
    const frame = this.#recording.frames[index];
    const { playing, measured } = this.#player;
    document.body.classList.toggle("playing", playing);
    element("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    if (!frame?.field) return;
    this.#shown = frame;
    this.#redraw();
    element("timeline").value = index;
    element("timeline").setAttribute("aria-valuetext", `step ${frame.step}`);
    element("step").textContent = `step ${frame.step} of ${this.#steps}${playing && measured > 1 ? ` · ${measured} frames/s` : ""}`;
    this.#statistics.mark(index);
    for (const kind of ["csv", "npy", "png"]) element(`download-${kind}`).disabled = false;
    // Not thirty times a second: a reader of the screen could not follow.
    if (!playing) this.#describe(frame);
  }

  // Scale and speed, where they are not as they are at first.
  toQuery() {
    const query = new URLSearchParams();
    const { value: mode } = element("scale");
    if (mode !== "follow") query.set("scale", mode);
    if (mode === "fixed") for (const id of ["low", "high"]) query.set(id, element(id).value);
    if (element("speed").value !== "30") query.set("speed", element("speed").value);
    return query;
  }

  fromQuery(query) {
    const choose = (id, allowed) => {
      const value = query.get(id) ?? "";
      if (allowed.includes(value)) element(id).value = value;
    };
    choose("speed", SPEEDS);
    choose("scale", MODES);
    for (const id of ["low", "high"]) element(id).value = query.get(id) ?? "";
    this.#player.framesPerSecond = Number(element("speed").value);
    element("fixed-scale").hidden = element("scale").value !== "fixed";
  }

  #modeChanged() {
    const isFixed = element("scale").value === "fixed";
    if (isFixed && element("low").value === "") {
      element("low").value = this.#scale.low.toFixed(2);
      element("high").value = this.#scale.high.toFixed(2);
    }
    element("fixed-scale").hidden = !isFixed;
    this.#redraw();
  }

  #redraw() {
    const mode = element("scale").value;
    const [low, high] = ["low", "high"].map((id) => Number.parseFloat(element(id).value.replace("\u2212", "-")));
    const fixed = low < high ? { low, high } : undefined;
    const isWrong = mode === "fixed" && !fixed;
    element("scale-error").textContent = isWrong ? "A fixed scale goes from a lower to a higher potential." : "";
    if (!this.#shown) return;
    this.#scale = scaleOf(mode, this.#shown, fixed);
    this.#view.show(this.#shown, this.#scale);
  }

  #drawCurves() {
    this.#drawn = performance.now();
    this.#statistics.draw(this.#recording.frames, this.#steps);
    this.#statistics.mark(this.#player.index);
  }

  #describe({ size, step, min, max, mean }) {
    this.#view.describe(
      `Potential of ${size} by ${size} cells after step ${step}: from ${written(min, 2)} to ${written(max, 2)} mV, ${written(mean, 2)} mV on average`,
    );
    this.#statistics.describe();
  }

  #name() {
    const { seed = 0 } = this.#values;
    return `mfn-seed${seed}-${this.#shown.size}x${this.#shown.size}-step${this.#shown.step}`;
  }

  // What a picture says of itself, in the words and the names that `mfn simulate` uses.
  #about() {
    const { seed = 0, alpha, spike_probability = 0.25, turing_enabled = false } = this.#values;
    const { size: grid_size, step } = this.#shown;
    const steps = this.#steps;
    const parameters = { seed, grid_size, steps, alpha: alpha || 0.18, spike_probability, turing_enabled };
    return {
      Title: `MFN potential field, step ${step} of ${steps}`,
      Description: `${grid_size} × ${grid_size} cells, ${steps} step${steps === 1 ? "" : "s"}, seed ${seed}, alpha ${parameters.alpha}, spike probability ${spike_probability}${turing_enabled ? ", Turing on" : ""}`,
      Parameters: JSON.stringify(parameters),
      Software: "mfn",
    };
  }
}
