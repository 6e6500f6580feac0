// The page on a phone, by day and by night, and for who does not see it.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { CALM, withPages } from "./page_tests.js";

const SMALL = { seed: "42", grid_size: "64", steps: "100", stream_interval: "4", spike_probability: "1" };
const PHONE = { viewport: { width: 360, height: 740 } };
// Where pictures are put of what these tests saw, if that is asked for.
const PICTURES = process.env.MFN_SCREENSHOTS;
if (PICTURES) mkdirSync(PICTURES, { recursive: true });
const { ofPage } = withPages();

// A test of the page that leaves a picture of this `name`.
function look(name, title, parameters, options, body) {
  ofPage(title, parameters, async (field, { page }) => {
    await body(page, field);
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  }, { ...CALM, ...options });
}

for (const colorScheme of ["light", "dark"]) {
  look(`finished-${colorScheme}`, `text stands out from what is behind it, ${colorScheme}`, SMALL, { colorScheme }, async (page, field) => {
    await field.ended();
    const faint = await page.evaluate(faintTexts);
    assert.deepEqual(faint, []);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = background.match(/\d+/g).reduce((sum, part) => sum + Number(part), 0) / 3;
    assert.equal(brightness > 128, colorScheme === "light");
  });

  const faulty = { ...SMALL, grid_size: "2", alpha: "1" };
  look(`error-${colorScheme}`, `so do errors, ${colorScheme}`, faulty, { colorScheme }, async (page, field) => {
    await field.failed();
    assert.deepEqual(await page.evaluate(faintTexts), []);
  });
}

look("phone", "a phone has all of it, without scrolling sideways", SMALL, { ...PHONE, hasTouch: true, isMobile: true }, async (page, field) => {
  await field.ended();
  const { scrollWidth, outside, small } = await page.evaluate(() => {
    const shown = [...document.querySelectorAll("button, input, select, canvas, svg, figcaption, dd")].filter((element) => element.checkVisibility());
    const boxes = shown.map((element) => [element.id || element.tagName, element.getBoundingClientRect()]);
    const touched = boxes.filter(([, box], k) => shown[k].matches(".transport button, .actions button, .parameter input:not([type=checkbox]), select"));
    return {
      scrollWidth: document.documentElement.scrollWidth,
      outside: boxes.filter(([, box]) => box.left < 0 || box.right > innerWidth + 0.5).map(([id]) => id),
      small: touched.filter(([, box]) => box.height < 31.5 || box.width < 24).map(([id]) => id),
    };
  });
  assert.ok(scrollWidth <= 360, `${scrollWidth}`);
  assert.deepEqual({ outside, small }, { outside: [], small: [] });
});

look("names", "every control and picture has a name", SMALL, {}, async (page, field) => {
  await field.ended();
  const nameless = await page.evaluate(() => {
    const nameOf = (element) =>
      element.getAttribute("aria-label") || element.labels?.[0]?.textContent.trim() || element.textContent.trim();
    return [...document.querySelectorAll("button, input, select, canvas[role], svg[role]")]
      .filter((element) => !nameOf(element))
      .map((element) => element.outerHTML);
  });
  assert.deepEqual(nameless, []);
  assert.match(await field.control("lattice").getAttribute("aria-label"), /^Potential of 64 by 64 cells after step 100: from −\d/);
  const curve = await page.locator("#curves svg").first().getAttribute("aria-label");
  assert.match(curve, /^Potential: max −\d.* at step 100$/);
  const missing = await page.evaluate(() =>
    [...document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls], label[for]")].flatMap((element) =>
      ["aria-describedby", "aria-labelledby", "aria-controls", "for"]
        .flatMap((name) => element.getAttribute(name)?.split(" ") ?? [])
        .filter((id) => !document.getElementById(id)),
    ),
  );
  assert.deepEqual(missing, []);
});

// The texts whose contrast is below 4.5 to 1 (WCAG 2.1, 1.4.3). Runs in the page.
function faintTexts() {
  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.matches(":disabled, option")) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(rgb(element instanceof SVGElement ? style.fill : style.color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${element.textContent.trim().slice(0, 20)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}
