// The shown field as a file: numbers with all their digits, or a picture.

import { drawBar, paint } from "./field_view.js";
import { withTexts } from "./png_texts.js";
import { ticks } from "./ticks.js";

// Rows of the lattice as lines, with the shortest decimals that read back to the same
// doubles.
export function csv({ field, size }) {
  const lines = [];
  for (let row = 0; row < size; row += 1) lines.push(field.subarray(row * size, (row + 1) * size).join(","));
  return new Blob([lines.join("\n"), "\n"], { type: "text/csv" });
}

// NumPy's format, version 1.0: doubles in mV, (size, size), row by row
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
export function npy({ field, size }) {
  const PREFIX = 10;
  const about = `{'descr': '<f8', 'fortran_order': False, 'shape': (${size}, ${size}), }`;
  const padded = Math.ceil((PREFIX + about.length + 1) / 64) * 64 - PREFIX;
  const head = new Uint8Array(PREFIX + padded);
  head.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0]);
  new DataView(head.buffer).setUint16(8, padded, true);
  head.set(new TextEncoder().encode(`${about.padEnd(padded - 1)}\n`), PREFIX);
  return new Blob([head, field], { type: "application/octet-stream" });
}

// The field with its colour bar, and below it what it is of. `about` has that as texts by the
// keywords of PNG, which are in the file too.
export async function picture(frame, { low, high }, about) {
  const { size } = frame;
  const cell = Math.max(1, Math.round(960 / size));
  const [margin, edge] = [48, size * cell];
  const canvas = new OffscreenCanvas(edge + 2 * margin + 160, edge + 2 * margin + 56);
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = false;
  context.drawImage(pictureOf(frame, low, high), margin, margin, edge, edge);
  const bar = new OffscreenCanvas(1, 256);
  drawBar(bar);
  const left = margin + edge + 32;
  context.drawImage(bar, left, margin, 28, edge);
  context.fillStyle = context.strokeStyle = "#222";
  context.font = "22px system-ui, sans-serif";
  context.textBaseline = "middle";
  for (const { value, label } of ticks(low, high, 8)) {
    const y = margin + edge * (1 - (value - low) / (high - low));
    context.fillRect(left + 28, y - 1, 8, 2);
    context.fillText(label, left + 44, y);
  }
  context.fillText("mV", left, margin - 20);
  context.strokeRect(margin - 0.5, margin - 0.5, edge + 1, edge + 1);
  context.strokeRect(left - 0.5, margin - 0.5, 29, edge + 1);
  context.fillText(`${about.Title}: ${about.Description}`, margin, margin + edge + 40, canvas.width - 2 * margin);
  const png = await canvas.convertToBlob({ type: "image/png" });
  return new Blob([withTexts(new Uint8Array(await png.arrayBuffer()), about)], { type: "image/png" });
}

// Hands a file to the browser to keep.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has begun, but may still be read.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function pictureOf({ field, size }, low, high) {
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  paint(field, low, high, new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
  return canvas;
}
