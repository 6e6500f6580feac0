// The address of the page, its examples, and its request for other clients.

import assert from "node:assert/strict";
import { SMALL, withPages } from "./page_tests.js";

const { servers, ofPage } = withPages();

ofPage("the address holds what is shown", SMALL, async (field, { page }) => {
  await field.ended();
  const picture = await field.picture();
  await field.control("grid_size").fill("16");
  await field.control("spike_probability").fill("1");
  await field.control("turing_enabled").check();
  await field.control("run").click();
  await field.sizeIs(16);
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
  await field.sizeIs(64);
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
  const host = `localhost:${servers.open.port}`;
  assert.equal(texts.grpcurl, `grpcurl -plaintext -d '${json}' \\\n    ${host} mfn.MFNSimulationService/StreamSimulation`);
  assert.ok(texts.curl.includes(`--json '${json.replace('"stream_interval":4,', "")}'`));
  assert.match(texts.python, /MFNClientSync\("localhost:\d+"\)[^]*turing_enabled=True/);
  assert.match(texts.rust, /spike_probability: Some\(1\.0\)/);
  await field.watch("copy-link");
  await field.control("copy-link").click();
  await field.said("copy-link", "Copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), page.url());
  await field.says("copy-link", /^Copy link$/);
});
