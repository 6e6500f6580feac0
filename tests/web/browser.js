// Debian's Chromium, without a window.

import { chromium } from "playwright-core";
import { after, before } from "./timed.js";

const EXECUTABLE = process.env.MFN_CHROMIUM ?? "/usr/bin/chromium";
// Nothing that a test waits for takes so long, on however slow a machine.
const TIMEOUT_MS = 120_000;

// Launches it before a file's tests, with these flags, and ends it after. Gives what it is
// found by.
export function withBrowser(flags = []) {
  let browser;
  before(async () => {
    // Root has no other sandbox in a container; what is shown is from this machine alone.
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", ...flags] });
  });
  after(() => browser?.close());
  return () => browser;
}

// A page that keeps what went wrong in it: errors of its scripts, messages of its
// console, and what its policy forbade.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective}`));
  });
  return { page, faults, context };
}
