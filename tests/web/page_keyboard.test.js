// The page is used by keys alone.

import assert from "node:assert/strict";
import { SMALL, withPages } from "./page_tests.js";

const { ofPage } = withPages();

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
