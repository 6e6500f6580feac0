// The files that the page has the browser keep.

import assert from "node:assert/strict";
import { MFNSimulationService } from "./generated/mfn_pb.js";
import { clientOf } from "./node_client.js";
import { SMALL, withPages } from "./page_tests.js";

const { servers, ofPage } = withPages();

ofPage("downloads have the field to the last bit", SMALL, async (field) => {
  await field.ended();
  const { field: answer } = await clientOf(servers.open, MFNSimulationService).runSimulation({ seed: 42, gridSize: 32, steps: 40, includeField: true });
  const csv = await field.download("download-csv");
  assert.equal(csv.name, "mfn-seed42-32x32-step40.csv");
  const rows = csv.bytes.toString().trimEnd().split("\n").map((line) => line.split(",").map(Number));
  assert.equal(rows.length, 32);
  assert.deepEqual(rows.flat(), answer.valuesMV);
  const npy = await field.download("download-npy");
  const start = 10 + npy.bytes.readUInt16LE(8);
  assert.equal(npy.bytes.subarray(0, 6).toString("latin1"), "\x93NUMPY");
  assert.match(npy.bytes.subarray(10, start).toString(), /'descr': '<f8'.*'shape': \(32, 32\)/);
  assert.equal(start % 64, 0);
  const values = answer.valuesMV.map((_, c) => npy.bytes.readDoubleLE(start + 8 * c));
  assert.deepEqual(values, answer.valuesMV);
});

ofPage("a picture says what it shows, also in its file", { ...SMALL, alpha: "0.2", turing_enabled: "true" }, async (field, { page }) => {
  await field.ended();
  await field.control("first").click();
  const { name, bytes } = await field.download("download-png");
  assert.equal(name, "mfn-seed42-32x32-step4.png");
  assert.deepEqual(textsOf(bytes), {
    Title: "MFN potential field, step 4 of 40",
    Description: "32 × 32 cells, 40 steps, seed 42, alpha 0.2, spike probability 0.25, Turing on",
    Parameters: '{"seed":42,"grid_size":32,"steps":40,"alpha":0.2,"spike_probability":0.25,"turing_enabled":true}',
    Software: "mfn",
  });
  // The browser's own reader, which looks at the checksums, takes the file.
  const size = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const { width, height } = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    return { width, height };
  }, bytes.toString("base64"));
  assert.deepEqual(size, { width: 1216, height: 1112 });
});

// The chunks `tEXt` of a PNG file, whose checksums are right.
function textsOf(png) {
  assert.equal(png.subarray(1, 4).toString(), "PNG");
  const texts = {};
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const [name, content] = [png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length)];
    assert.equal(png.readUInt32BE(at + 8 + length), crc32(png.subarray(at + 4, at + 8 + length)), name);
    if (name === "tEXt") {
      const [keyword, text] = content.toString("latin1").split("\0");
      texts[keyword] = text;
    }
    at += 12 + length;
  }
  return texts;
}

function crc32(bytes) {
  const crc = bytes.reduce((crc, byte) => {
    let next = crc ^ byte;
    for (let bit = 0; bit < 8; bit += 1) next = (next >>> 1) ^ (next & 1 ? 0xedb88320 : 0);
    return next;
  }, ~0);
  return ~crc >>> 0;
}
