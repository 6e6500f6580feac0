// The field as a picture: a square a cell, and the bar of its colours.

import { PIXELS } from "./colour_map.js";
import { ticks, written } from "./ticks.js";

// Labels of the bar with more characters than this get more room.
const LONG_LABEL = 6;

export class FieldView {
  #canvas = document.getElementById("lattice");
  #context = this.#canvas.getContext("2d");
  #labels = document.getElementById("bar-labels");
  #readout = document.getElementById("readout");
  #image = null;
  #pixels = null;
  #frame = null;
  #labelled = "";
  #pointer = null;

  constructor() {
    drawBar(document.getElementById("colours"));
    this.#canvas.addEventListener("pointermove", (event) => {
      this.#pointer = [event.offsetX / this.#canvas.clientWidth, event.offsetY / this.#canvas.clientHeight];
      this.#read();
    });
    this.#canvas.addEventListener("pointerleave", () => {
      this.#pointer = null;
      this.#read();
    });
  }

  show(frame, { low, high }) {
    const { field, size } = frame;
    this.#frame = frame;
    if (this.#image?.width !== size) {
      this.#canvas.width = size;
      this.#canvas.height = size;
      this.#image = this.#context.createImageData(size, size);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    paint(field, low, high, this.#pixels);
    this.#context.putImageData(this.#image, 0, 0);
    this.#label(low, high);
    this.#read();
  }

  // Says in words what is to be seen.
  describe(text) {
    this.#canvas.setAttribute("aria-label", text);
  }

  #label(low, high) {
    const key = `${low} ${high}`;
    if (key === this.#labelled) return;
    this.#labelled = key;
    const labels = ticks(low, high, 6).map(({ value, label }) => {
      const element = document.createElement("span");
      element.style.bottom = `${((value - low) / (high - low)) * 100}%`;
      element.textContent = label;
      return element;
    });
    this.#labels.replaceChildren(...labels);
    const longest = Math.max(...labels.map(({ textContent }) => textContent.length));
    this.#labels.parentElement.classList.toggle("wide", longest > LONG_LABEL);
    this.#labels.setAttribute("aria-label", `Colours from ${written(low, 2)} to ${written(high, 2)} mV`);
  }

  // The potential under the pointer.
  #read() {
    if (!this.#pointer || !this.#frame?.field) {
      this.#readout.textContent = "\u00a0";
      return;
    }
    const { field, size } = this.#frame;
    const [column, row] = this.#pointer.map((share) => Math.max(0, Math.min(size - 1, Math.floor(share * size))));
    this.#readout.textContent = `row ${row}, column ${column}: ${written(field[row * size + column], 4)} mV`;
  }
}

// Gives each cell its colour.
export function paint(field, low, high, pixels) {
  const factor = PIXELS.length / (high - low);
  const last = PIXELS.length - 1;
  for (let c = 0; c < field.length; c += 1) {
    const colour = (field[c] - low) * factor;
    pixels[c] = PIXELS[colour < 0 ? 0 : colour > last ? last : colour | 0];
  }
}

// The colours from the highest, at the top, to the lowest.
export function drawBar(canvas) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(1, PIXELS.length);
  new Uint32Array(image.data.buffer).set(PIXELS.toReversed());
  context.putImageData(image, 0, 0);
}
