// What the page says when a call fails, and what then stays.

import assert from "node:assert/strict";
import { MFNSimulationService } from "./generated/mfn_pb.js";
import { clientOf } from "./node_client.js";
import { CALM, SMALL, withPages } from "./page_tests.js";
import { startServer } from "./server.js";
import { test } from "./timed.js";

const { servers, open, ofPage } = withPages({ open: {}, limited: { flags: ["--rate-limit-concurrent", "1"] } });
// More than is computed while a test looks at it, and than is shown of what is there.
const LONG = { grid_size: "256", steps: "10000", stream_interval: "1", speed: "3" };

ofPage("errors stand at their fields", SMALL, async (field) => {
  await field.ended();
  const picture = await field.picture();
  await field.control("grid_size").fill("3");
  await field.control("alpha").fill("0.25");
  await field.control("run").click();
  assert.equal(await field.failed(), "Change the marked parameters.");
  assert.equal(await field.control("grid_size-error").textContent(), "is 3, allowed is 4 to 1024");
  assert.equal(await field.control("alpha-error").textContent(), "is 0.25, allowed is 0.05 to below 0.25");
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
  await field.sizeIs(16);
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

ofPage("a run that was stopped for one that is refused stands still", LONG, async (field, { page }) => {
  await field.grownBeyond(30);
  await page.route("**/StreamSimulation", (route) => route.fulfill({
    contentType: "application/connect+proto",
    body: endOfStream({ error: { code: "resource_exhausted", message: "call again in 89 ms: 3 calls a second are allowed" } }),
  }));
  await field.control("run").click();
  assert.equal(await field.failed(), "Call again in 89 ms: 3 calls a second are allowed.");
  await field.stopped();
  assert.match(await field.control("status").textContent(), /^Stopped: step \d+ of 10000, /);
  assert.equal(await field.isPlaying(), false);
  assert.match(await field.control("features-note").textContent(), /^There are none/);
  await field.control("first").click();
  assert.equal(await field.step(), 1);
}, {});

// What ends a stream of Connect.
function endOfStream(content) {
  const json = Buffer.from(JSON.stringify(content));
  const prefix = Buffer.from([2, 0, 0, 0, 0]);
  prefix.writeUInt32BE(json.length, 1);
  return Buffer.concat([prefix, json]);
}

ofPage("a limit is told with the time to wait, and the run goes on after it", { ...SMALL, grid_size: "3" }, async (field) => {
  await field.failed();
  // Somebody else has the only place, until they are done.
  const held = new AbortController();
  const long = { gridSize: 1024, steps: 10_000, streamInterval: 1 };
  const stream = clientOf(servers.limited, MFNSimulationService).streamSimulation(long, { signal: held.signal });
  const frames = stream[Symbol.asyncIterator]();
  await frames.next();
  await field.control("grid_size").fill("32");
  await field.control("run").click();
  await field.says("failure-detail", /^RATE_LIMIT_CONCURRENT/);
  held.abort();
  await frames.next().catch(() => {});
  // It takes a moment until the server has noticed.
  while (!(await field.control("failure").isHidden())) {
    if (await field.control("again").isEnabled()) await field.control("again").click();
    await field.page.waitForTimeout(100);
  }
  await field.stepIs(40);
}, CALM, () => servers.limited);

test("a server that goes away is told, and what came stays", async () => {
  // Its address is its own, so that nobody takes its port while it is gone.
  const host = `127.64.${process.pid >> 8 & 255}.${process.pid & 255 || 1}`;
  let own = await startServer({ host });
  const { field, context } = await open(own, LONG, {});
  try {
    await field.grownBeyond(2);
    await own.stop("SIGKILL");
    assert.match(await field.failed(), /has gone\. What came until step \d+ can be looked at\.$/);
    await field.control("first").click();
    assert.equal(await field.step(), 1);
    assert.equal(await field.control("failure-detail").textContent(), "unavailable");
    await field.control("again").click();
    await field.says("failure-text", /cannot be reached/);
    own = await startServer({ host, port: own.port });
    await field.control("steps").fill("5");
    await field.control("again").click();
    await field.stepIs(5);
    assert.ok(await field.control("failure").isHidden());
  } finally {
    await context.close();
    await own.stop();
  }
});
