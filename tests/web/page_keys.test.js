// The page of a server with keys: it signs in the browser, and keeps the key to itself.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CALM, withPages } from "./page_tests.js";
import { KEY } from "./server.js";
import { after } from "./timed.js";

const SMALL = { seed: "42", grid_size: "16", steps: "20", stream_interval: "4" };
const folder = mkdtempSync(join(tmpdir(), "mfn-web-"));
after(() => rmSync(folder, { recursive: true }));

// A name of this machine that a browser does not trust as it does localhost.
const { servers, ofPage: ofAnyPage } = withPages(serversWithKeys, ["--host-resolver-rules=MAP plain.test 127.0.0.1"]);

function serversWithKeys() {
  const page = ["--web-page", "true"];
  const [certificate, key] = [join(folder, "server.pem"), join(folder, "server.key")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-keyout", key, "-out", certificate, ...subject], { stdio: "ignore" });
  const tls = ["--tls-enabled", "--tls-cert-path", certificate, "--tls-key-path", key];
  return { plaintext: { keys: true, flags: page }, secure: { keys: true, flags: [...page, ...tls] } };
}

function ofPage(name, serverOf, options, body) {
  ofAnyPage(name, SMALL, body, { ...CALM, ...options }, serverOf);
}

async function run(field, key) {
  await field.control("key").fill(key);
  await field.control("run").click();
}

ofPage("the page asks for a key, and runs with it", () => servers.plaintext, {}, async (field, { page }) => {
  await field.says("key-error", /./);
  assert.equal(await field.control("key-error").textContent(), "This server asks for a key.");
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
  await run(field, KEY);
  await field.stepIs(20);
  await field.ended();
  assert.equal(await page.locator("#feature-values dd").count(), 8);
  const snippet = await field.control("snippet").textContent();
  assert.match(snippet, /\$\(mfn sign mfn\.MFNSimulationService\/StreamSimulation\)/);
});

ofPage("the key is nowhere but in its field", () => servers.plaintext, {}, async (field, { page, context }) => {
  await run(field, KEY);
  await field.stepIs(20);
  const texts = await page.evaluate(() => [
    location.href, document.documentElement.outerHTML, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie,
  ]);
  for (const tab of ["curl", "python", "rust"]) {
    await field.control(`tab-${tab}`).click();
    texts.push(await field.control("snippet").textContent());
  }
  texts.push(JSON.stringify(await context.storageState()));
  assert.deepEqual(texts.filter((text) => text.includes(KEY)), []);
  await page.reload();
  await field.says("key-error", /./);
  assert.equal(await field.control("key").inputValue(), "");
});

ofPage("a wrong key is told at its field", () => servers.plaintext, {}, async (field) => {
  await run(field, "another-key");
  await field.failed();
  assert.match(await field.control("failure-detail").textContent(), /^CREDENTIALS_INVALID/);
  assert.equal(await field.control("key").getAttribute("aria-invalid"), "true");
  await run(field, "a key that is none");
  await field.says("key-error", /visible ASCII/);
});

const secure = () => ({ origin: servers.secure.origin.replace("http:", "https:") });
ofPage("over TLS, in HTTP/2, it signs as well", secure, { ignoreHTTPSErrors: true }, async (field, { page }) => {
  await run(field, KEY);
  await field.stepIs(20);
  const protocols = await page.evaluate(() => performance.getEntriesByType("resource").map(({ nextHopProtocol }) => nextHopProtocol));
  assert.deepEqual([...new Set(protocols)], ["h2"]);
  assert.match(await field.control("snippet").textContent(), /^export MFN_API_KEY=…\ngrpcurl \$\(mfn sign/);
});

const plain = () => ({ origin: servers.plaintext.origin.replace("localhost", "plain.test") });
ofPage("by plain HTTP from elsewhere it says why it does not sign", plain, {}, async (field, { page }) => {
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await run(field, KEY);
  assert.match(await field.control("key-error").textContent(), /HTTPS or from localhost/);
  assert.equal(await field.step(), 0);
});
