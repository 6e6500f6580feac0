// The page in Chromium: each of its controls, what it says when a call fails, and
// that it can be used by keys alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { launchBrowser } from "./browser.js";
import { openField } from "./field_of_page.js";
import { MFNFeaturesService, MFNSimulationService } from "./generated/mfn_pb.js";
import { startServer } from "./server.js";

const SMALL = { seed: "42", grid_size: "32", steps: "40", stream_interval: "4" };
let browser, server;

before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer()]);
});

after(async () => {
  await browser.close();
  await server.stop();
});

// Has `body` use the page, and looks afterwards at whether something went wrong in it.
// Whoever asked for less motion is shown the end, so no test waits for the rest.
function ofPage(name, parameters, body, options = { reducedMotion: "reduce" }) {
  test(name, async () => {
    const opened = await openField(browser, server, parameters, options);
    try {
      await body(opened.field, opened);
      assert.deepEqual(opened.faults, []);
    } finally {
      await opened.context.close();
    }
  });
}

function clientOf(service) {
  return createClient(service, createConnectTransport({ baseUrl: server.origin, httpVersion: "1.1" }));
}

ofPage("at first a field grows by itself", {}, async (field) => {
  const seen = new Set();
  let last = 0;
  while (seen.size < 5) {
    const step = await field.step();
    assert.ok(step >= last, `step ${step} is shown after step ${last}`);
    last = step;
    if (step > 0) seen.add(await field.picture());
  }
  assert.ok(await field.isPlaying());
}, {});

ofPage("frames are shown while the stream runs", { grid_size: "512", steps: "10000", stream_interval: "1" }, async (field) => {
  const pictures = new Set();
  while (pictures.size < 5) pictures.add(await field.picture());
  assert.equal(await field.control("status").textContent(), "Running");
  await field.control("stop").click();
  await field.page.waitForFunction(() => document.getElementById("status").textContent.startsWith("Stopped"));
  assert.ok(await field.control("stop").isDisabled());
}, {});

ofPage("who asked for less motion is shown the end", SMALL, async (field) => {
  await field.stepIs(40);
  assert.equal(await field.isPlaying(), false);
});

ofPage("a played run ends at its last step, and plays again from its first", SMALL, async (field) => {
  await field.control("speed").selectOption("60");
  await field.stepIs(40);
  await field.ended();
  await field.page.waitForFunction(() => !document.body.classList.contains("playing"));
  await field.control("speed").selectOption("3");
  await field.control("play").click();
  assert.ok(await field.isPlaying());
  await field.stepIs(4);
  await field.control("play").click();
  assert.equal(await field.isPlaying(), false);
  await field.control("play").click();
  await field.control("last").click();
  assert.equal(await field.isPlaying(), false);
}, {});

ofPage("each control of the playback goes where it says", SMALL, async (field) => {
  await field.ended();
  for (const [id, step] of [["first", 4], ["on", 8], ["on", 12], ["back", 8], ["last", 40], ["on", 40], ["first", 4], ["back", 4]]) {
    await field.control(id).click();
    assert.equal(await field.step(), step, id);
  }
  await field.control("timeline").fill("4");
  assert.equal(await field.step(), 20);
  const box = await field.page.locator("#curves svg").first().boundingBox();
  await field.page.mouse.click(box.x + box.width * 0.95, box.y + box.height / 2);
  assert.equal(await field.step(), 40);
});

ofPage("a long run keeps all numbers, and as many fields as there is memory for", SMALL, async (field) => {
  const { count, kept, ends, distances, nearest } = await field.page.evaluate(async () => {
    const { Recording } = await import("./page/recording.js");
    const recording = new Recording();
    for (let step = 1; step <= 1000; step += 1) recording.push({ step, field: { byteLength: 2 ** 20 } });
    const kept = recording.frames.flatMap((frame, k) => (frame.field ? [k] : []));
    return {
      count: recording.frames.length,
      kept: kept.length,
      ends: [kept[0], kept.at(-1)],
      distances: [...new Set(kept.slice(1, -1).map((k, at) => k - kept[at]))],
      nearest: [[1, 1], [1, -1], [-5, -1], [998, 1], [Infinity, 1]].map((of) => recording.nearest(...of)),
    };
  });
  assert.deepEqual({ count, ends, distances }, { count: 1000, ends: [0, 999], distances: [8] });
  assert.ok(kept <= 192);
  assert.deepEqual(nearest, [8, 0, 0, 999, 999]);
});

ofPage("statistics and features are those of the server", { ...SMALL, turing_enabled: "true" }, async (field) => {
  await field.ended();
  const request = { seed: 42, gridSize: 32, steps: 40, turingEnabled: true };
  const result = await clientOf(MFNSimulationService).runSimulation(request);
  const features = await clientOf(MFNFeaturesService).extractFeatures(request);
  const shown = await field.page.locator("#curves output").allTextContents();
  const numbers = shown.map((text) => Number(text.replace("−", "-").replace(/[^\d.-]/g, "")));
  const expected = [result.potMaxMV, result.potMeanMV, result.potMinMV, result.potStdMV, result.fractalDimension, result.growthEvents];
  expected.forEach((value, k) => assert.ok(Math.abs(numbers[k] - value) < 0.006, `${shown[k]} is not ${value}`));
  const titles = await field.page.locator("#feature-values dd").evaluateAll((all) => all.map((dd) => Number(dd.title)));
  assert.deepEqual(titles, [
    features.fractalDimension, features.hurstExponent, features.lacunarity, features.spectralEnergyMean,
    features.spectralEnergyStd, features.activeNodes, features.edgeDensity, features.clusteringCoefficient,
  ]);
});

ofPage("a feature's line has the slope that the server gives", SMALL, async (field) => {
  await field.ended();
  const slopes = await field.page.evaluate(async () => {
    const { boxCounts, fit, variogram } = await import("./page/analysis.js");
    const { stream } = await import("./page/connect.js");
    const { decodeFrame, encodeStreamRequest } = await import("./page/messages.js");
    const request = encodeStreamRequest({ seed: 42, grid_size: 50, steps: 40, stream_interval: 40 });
    const slope = (points) => Math.log(fit(points)(Math.E) / fit(points)(1));
    for await (const bytes of stream("mfn.MFNSimulationService/StreamSimulation", request, {})) {
      const frame = decodeFrame(bytes);
      return [-slope(boxCounts(frame.field, frame.size)), slope(variogram(frame.field, frame.size)) / 2];
    }
  });
  const features = await clientOf(MFNFeaturesService).extractFeatures({ seed: 42, gridSize: 50, steps: 40 });
  assert.ok(Math.abs(slopes[0] - features.fractalDimension) < 1e-9);
  assert.ok(Math.abs(slopes[1] - features.hurstExponent) < 1e-9);
});

ofPage("the power spectrum has the field's variance at any size", {}, async (field) => {
  const worst = await field.page.evaluate(async () => {
    const { powerSpectrum } = await import("./page/fourier.js");
    let worst = 0;
    for (const size of [4, 5, 16, 37, 48]) {
      const values = Float64Array.from({ length: size * size }, (_, c) => Math.sin(c * c) - 70);
      const mean = values.reduce((sum, value) => sum + value) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      const total = powerSpectrum(values, size).reduce((sum, value) => sum + value);
      worst = Math.max(worst, Math.abs(total / variance - 1));
    }
    return worst;
  });
  assert.ok(worst < 1e-9, `${worst}`);
});

ofPage("the scale follows the field or stays", SMALL, async (field) => {
  await field.ended();
  const labels = () => field.control("bar-labels").getAttribute("aria-label");
  const following = await labels();
  await field.control("scale").selectOption("range");
  const whole = await labels();
  assert.notEqual(whole, following);
  await field.control("scale").selectOption("fixed");
  await field.control("low").fill("-72");
  await field.control("high").fill("-68.5");
  assert.match(await labels(), /from −72.00 to −68.50 mV/);
  const picture = await field.picture();
  await field.control("first").click();
  assert.match(await labels(), /from −72.00 to −68.50 mV/);
  assert.notEqual(await field.picture(), picture);
  await field.control("high").fill("-80");
  assert.match(await field.control("scale-error").textContent(), /from a lower to a higher/);
  await field.control("high").fill("-60");
  assert.equal(await field.control("scale-error").textContent(), "");
  assert.match(field.page.url(), /scale=fixed&low=-72&high=-60/);
});

ofPage("the pointer reads a cell", SMALL, async (field) => {
  await field.ended();
  await field.control("lattice").hover({ position: { x: 2, y: 2 } });
  const result = await clientOf(MFNSimulationService).runSimulation({ seed: 42, gridSize: 32, steps: 40, includeField: true });
  const expected = result.field.valuesMV[0].toFixed(4).replace("-", "−");
  assert.equal(await field.control("readout").textContent(), `row 0, column 0: ${expected} mV`);
});

ofPage("downloads have the field to the last bit", SMALL, async (field) => {
  await field.ended();
  const { field: answer } = await clientOf(MFNSimulationService).runSimulation({ seed: 42, gridSize: 32, steps: 40, includeField: true });
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
  const png = await field.download("download-png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
});

ofPage("the address holds what is shown", SMALL, async (field, { page }) => {
  await field.ended();
  const picture = await field.picture();
  await field.control("grid_size").fill("16");
  await field.control("spike_probability").fill("1");
  await field.control("turing_enabled").check();
  await field.control("run").click();
  await page.waitForFunction(() => document.getElementById("lattice").width === 16);
  await field.ended();
  const other = await field.picture();
  assert.notEqual(other, picture);
  await page.goto(page.url());
  await field.ended();
  assert.equal(await field.picture(), other);
  assert.equal(await field.control("turing_enabled").isChecked(), true);
});

ofPage("another seed, and each example, is run at once", SMALL, async (field, { page }) => {
  await field.ended();
  await field.control("another-seed").click();
  await page.waitForURL((url) => url.searchParams.get("seed") !== "42");
  for (const example of ["diffusion", "growth", "defaults"]) {
    await page.locator(`[data-example=${example}]`).click();
  }
  await field.stepIs(64);
  await page.waitForFunction(() => document.getElementById("lattice").width === 64);
  assert.equal(new URL(page.url()).search, "");
});

ofPage("the request is there for other clients, to copy", { ...SMALL, spike_probability: "1", turing_enabled: "true" }, async (field, { page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const texts = {};
  for (const name of ["grpcurl", "curl", "python", "rust"]) {
    await field.control(`tab-${name}`).click();
    assert.equal(await field.control(`tab-${name}`).getAttribute("aria-selected"), "true");
    texts[name] = await field.control("snippet").textContent();
    await field.control("copy-snippet").click();
    await page.waitForFunction(async (text) => (await navigator.clipboard.readText()) === text, texts[name]);
  }
  const json = '{"seed":42,"grid_size":32,"steps":40,"stream_interval":4,"spike_probability":1,"turing_enabled":true,"include_field":true}';
  const host = `localhost:${server.port}`;
  assert.equal(texts.grpcurl, `grpcurl -plaintext -d '${json}' \\\n    ${host} mfn.MFNSimulationService/StreamSimulation`);
  assert.ok(texts.curl.includes(`--json '${json.replace('"stream_interval":4,', "")}'`));
  assert.match(texts.python, /MFNClientSync\("localhost:\d+"\)[^]*turing_enabled=True/);
  assert.match(texts.rust, /spike_probability: Some\(1\.0\)/);
  await field.control("copy-link").click();
  await page.waitForFunction(() => document.getElementById("copy-link").textContent === "Copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  await page.waitForFunction(() => document.getElementById("copy-link").textContent === "Copy link");
});

ofPage("errors stand at their fields", SMALL, async (field) => {
  await field.ended();
  const picture = await field.picture();
  await field.control("grid_size").fill("3");
  await field.control("alpha").fill("0.25");
  await field.control("run").click();
  assert.equal(await field.failed(), "Change the marked parameters.");
  assert.equal(await field.control("grid_size-error").textContent(), "is 3, allowed is 4 to 1024");
  assert.match(await field.control("alpha-error").textContent(), /^is 0.25, allowed is/);
  assert.equal(await field.control("steps-error").textContent(), "");
  assert.equal(await field.control("grid_size").getAttribute("aria-invalid"), "true");
  assert.equal(await field.page.evaluate(() => document.activeElement.id), "grid_size");
  assert.match(await field.control("failure-detail").textContent(), /^PARAMETER_OUT_OF_RANGE · request /);
  // What was there before can still be looked at.
  assert.equal(await field.picture(), picture);
  await field.control("first").click();
  assert.equal(await field.step(), 4);
  await field.control("grid_size").fill("16");
  assert.equal(await field.control("grid_size-error").textContent(), "");
  await field.control("alpha").fill("");
  await field.control("run").click();
  await field.page.waitForFunction(() => document.getElementById("lattice").width === 16);
  assert.ok(await field.control("failure").isHidden());
});

ofPage("what is no number is told without a call", SMALL, async (field) => {
  await field.ended();
  for (const [name, text, fault] of [
    ["seed", "1.5", "is not a whole number"],
    ["steps", "many", "is not a whole number"],
    ["seed", "2147483648", "has more than 32 bits"],
    ["alpha", "nan", "is not a number"],
  ]) {
    await field.control(name).fill(text);
    await field.control("run").click();
    assert.equal(await field.control(`${name}-error`).textContent(), fault);
    await field.control(name).fill("");
  }
});

ofPage("keys do what the foot of the page says", SMALL, async (field, { page }) => {
  await field.ended();
  await page.locator("h1").click();
  for (const [key, step] of [["Home", 4], ["ArrowRight", 8], ["ArrowRight", 12], ["ArrowLeft", 8], ["End", 40]]) {
    await page.keyboard.press(key);
    assert.equal(await field.step(), step, key);
  }
  await field.control("speed").selectOption("3");
  await page.locator("h1").click();
  await page.keyboard.press(" ");
  assert.ok(await field.isPlaying());
  await page.keyboard.press(" ");
  assert.equal(await field.isPlaying(), false);
  await page.keyboard.press("n");
  await page.waitForURL((url) => url.searchParams.get("seed") !== "42");
  // In a text the same keys write.
  await field.control("seed").fill("");
  await field.control("seed").press("r");
  assert.equal(await field.control("seed").inputValue(), "r");
});

ofPage("all controls are reached by Tab, and Enter runs", SMALL, async (field, { page }) => {
  await field.ended();
  await page.locator("h1").click();
  const reached = new Set();
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id));
  }
  const controls = await page.evaluate(() =>
    [...document.querySelectorAll("main button, main input, main select")]
      .filter((control) => control.id && !control.disabled && control.checkVisibility() && control.tabIndex >= 0)
      .map((control) => control.id),
  );
  assert.ok(controls.length > 20);
  assert.deepEqual(controls.filter((id) => !reached.has(id)), []);
  await field.control("steps").fill("8");
  await field.control("steps").press("Enter");
  await field.stepIs(8);
});

test("a limit is told with the time to wait, and the run goes on after it", async () => {
  const limited = await startServer({ flags: ["--rate-limit-concurrent", "1"] });
  const { field, faults, context } = await openField(browser, limited, { ...SMALL, grid_size: "3" }, { reducedMotion: "reduce" });
  try {
    await field.failed();
    // Somebody else has the only place, until they are done.
    const transport = createConnectTransport({ baseUrl: limited.origin, httpVersion: "1.1" });
    const held = new AbortController();
    const long = { gridSize: 1024, steps: 10_000, streamInterval: 1 };
    const stream = createClient(MFNSimulationService, transport).streamSimulation(long, { signal: held.signal });
    const frames = stream[Symbol.asyncIterator]();
    await frames.next();
    await field.control("grid_size").fill("32");
    await field.control("run").click();
    await field.page.waitForFunction(() => document.getElementById("failure-detail").textContent.startsWith("RATE_LIMIT_CONCURRENT"));
    held.abort();
    await frames.next().catch(() => {});
    // It takes a moment until the server has noticed.
    while (!(await field.control("failure").isHidden())) {
      if (await field.control("again").isEnabled()) await field.control("again").click();
      await field.page.waitForTimeout(100);
    }
    await field.stepIs(40);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
    await limited.stop();
  }
});

test("a server that goes away is told, and what came stays", async () => {
  let own = await startServer();
  const { field, context } = await openField(browser, own, { grid_size: "512", steps: "10000", stream_interval: "1" });
  try {
    await field.page.waitForFunction(() => Number(document.getElementById("timeline").max) > 2);
    await own.stop("SIGKILL");
    assert.match(await field.failed(), /has gone\. What came until step \d+ can be looked at\.$/);
    await field.control("first").click();
    assert.equal(await field.step(), 1);
    assert.equal(await field.control("failure-detail").textContent(), "unavailable");
    await field.control("again").click();
    await field.page.waitForFunction(() => /cannot be reached/.test(document.getElementById("failure-text").textContent));
    own = await startServer({ port: own.port });
    await field.control("steps").fill("5");
    await field.control("again").click();
    await field.stepIs(5);
    assert.ok(await field.control("failure").isHidden());
  } finally {
    await context.close();
    await own.stop();
  }
});
