// The page plays a field while it grows, stops, steps and looks back.

import assert from "node:assert/strict";
import { SMALL, withPages } from "./page_tests.js";

const { ofPage } = withPages();
// More than is computed while a test looks at it.
const LONG = { grid_size: "512", steps: "10000", stream_interval: "1" };
const MOVING = { keepsFrames: true };

ofPage("at first a field grows by itself", {}, async (field) => {
  const frames = await field.frames(5);
  assert.deepEqual(frames.map(({ step }) => step), [3, 6, 9, 12, 15]);
  assert.equal(new Set(frames.map(({ picture }) => picture)).size, 5);
  assert.ok(frames.every(({ playing }) => playing));
}, MOVING);

ofPage("frames are shown while the stream runs", LONG, async (field) => {
  const frames = await field.frames(5);
  assert.equal(new Set(frames.map(({ picture }) => picture)).size, 5);
  assert.deepEqual([...new Set(frames.map(({ status }) => status))], ["Running"]);
  await field.control("stop").click();
  await field.stopped();
  assert.ok(await field.control("stop").isDisabled());
  assert.equal(await field.isPlaying(), false);
  assert.match(await field.control("status").textContent(), /^Stopped: step \d+ of 10000, \d+ frames/);
  assert.match(await field.control("features-note").textContent(), /^There are none/);
}, MOVING);

// A report and no gate: how many they are is up to the machine, and the page asks for 30.
ofPage("256 x 256 cells are drawn while the stream runs", { ...LONG, grid_size: "256" }, async (field, { test }) => {
  const frames = await field.frames(61);
  const seconds = (frames.at(-1).at - frames[0].at) / 1000;
  test.diagnostic(`256 x 256: ${((frames.length - 1) / seconds).toFixed(1)} frames a second are drawn while the stream runs`);
  assert.deepEqual([...new Set(frames.map(({ status }) => status))], ["Running"]);
}, MOVING);

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
  await field.watch("step");
  await field.control("play").click();
  assert.ok(await field.isPlaying());
  await field.said("step", "step 4 of 40");
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

ofPage("a run that has replaced another is the one that is stopped", LONG, async (field) => {
  await field.frames(2);
  await field.watch("status");
  await field.control("run").click();
  await field.said("status", "Running");
  assert.ok(await field.control("stop").isEnabled());
  await field.control("stop").click();
  await field.stopped();
  assert.ok(await field.control("stop").isDisabled());
}, MOVING);

ofPage("frames of a run that another has replaced are not taken", SMALL, async (field) => {
  const { steps, name } = await field.page.evaluate(async () => {
    const { simulate } = await import("./page/run.js");
    // Two frames that come together, of steps 1 and 2.
    const envelopes = [1, 2].flatMap((step) => [0, 0, 0, 0, 2, 2 << 3, step]);
    globalThis.fetch = async () => new Response(new Uint8Array(envelopes));
    const [steps, abort] = [[], new AbortController()];
    const taken = simulate({}, "", abort.signal, ({ step }) => {
      steps.push(step);
      abort.abort();
    });
    return { name: await taken.catch((error) => error.name), steps };
  });
  assert.deepEqual({ steps, name }, { steps: [1], name: "AbortError" });
});
