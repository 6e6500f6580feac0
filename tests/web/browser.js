// Debian's Chromium, without a window.

import { chromium } from "playwright-core";

const EXECUTABLE = process.env.MFN_CHROMIUM ?? "/usr/bin/chromium";
// Nothing that a test waits for takes so long, on however slow a machine.
const PATIENCE_MS = 60_000;

// Root has no other sandbox in a container; what is shown is from this machine alone.
export function launchBrowser(flags = []) {
  return chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", ...flags] });
}

// A page that keeps what went wrong in it: errors of its scripts, messages of its
// console, and what its policy forbade.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
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
