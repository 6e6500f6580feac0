// Which pages of other origins a browser lets call the server, and what they see.

import assert from "node:assert/strict";
import { openPage, withBrowser } from "./browser.js";
import { withServers } from "./server.js";
import { withSites } from "./site.js";
import { signature } from "./signature.js";
import { test } from "./timed.js";

const PATH = "/mfn.MFNSimulationService/RunSimulation";
const SENT = ["content-type", "connect-protocol-version", "connect-timeout-ms", "x-api-key", "x-timestamp", "x-signature", "x-request-id", "x-grpc-web", "x-user-agent", "grpc-timeout"];

const sites = withSites("allowed", "stranger");
const servers = withServers(() => {
  const flags = ["--cors-origins", sites.allowed.origin];
  return { open: { flags }, keyed: { flags, keys: true } };
});
const browser = withBrowser();

// What a page of `site` gets by fetch: a status and the headers that it may see.
async function fetched(site, url, { headers = {}, body = '{"seed":42}' } = {}) {
  const { page, context } = await openPage(browser());
  await page.goto(`${site.origin}/package.json`);
  const answer = await page.evaluate(
    async ([url, headers, body]) => {
      try {
        const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
        return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
      } catch (error) {
        return { failed: error.name };
      }
    },
    [url, headers, body],
  );
  await context.close();
  return answer;
}

function preflight(server, origin, headers = SENT) {
  return fetch(server.origin + PATH, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers.join(","),
    },
  });
}

test("a page of an allowed origin is answered, and sees what it needs", async () => {
  const answer = await fetched(sites.allowed, servers.open.origin + PATH, { headers: { "x-request-id": "seen" } });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.growthEvents, 12);
  assert.equal(answer.headers["x-request-id"], "seen");
  const signed = await fetched(sites.allowed, servers.keyed.origin + PATH, { headers: signature(PATH) });
  assert.equal(signed.status, 200);
});

test("a page of an allowed origin sees why it was refused", async () => {
  const answer = await fetched(sites.allowed, servers.open.origin + PATH, { body: '{"grid_size":3}' });
  assert.equal(answer.status, 400);
  assert.equal(answer.body.code, "invalid_argument");
  const unsigned = await fetched(sites.allowed, servers.keyed.origin + PATH);
  assert.equal(unsigned.status, 401);
});

test("a page of another origin gets nothing", async () => {
  for (const server of Object.values(servers)) {
    assert.deepEqual(await fetched(sites.stranger, server.origin + PATH), { failed: "TypeError" });
    const signed = await fetched(sites.stranger, server.origin + PATH, { headers: signature(PATH) });
    assert.deepEqual(signed, { failed: "TypeError" });
  }
});

test("an allowed origin's preflight needs no key, and lists what clients send", async () => {
  for (const server of Object.values(servers)) {
    const answer = await preflight(server, sites.allowed.origin);
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get("access-control-allow-origin"), sites.allowed.origin);
    assert.match(answer.headers.get("access-control-allow-methods"), /POST/);
    const headers = answer.headers.get("access-control-allow-headers").toLowerCase().split(/,\s*/);
    assert.deepEqual(SENT.filter((name) => !headers.includes(name)), []);
    assert.match(answer.headers.get("vary"), /origin/i);
  }
});

test("another origin's preflight allows nothing", async () => {
  for (const server of Object.values(servers)) {
    const answer = await preflight(server, sites.stranger.origin);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  }
});

test("an answer lists the headers that a page may see", async () => {
  const answer = await fetch(servers.open.origin + PATH, {
    method: "POST",
    headers: { origin: sites.allowed.origin, "content-type": "application/json" },
    body: "{}",
  });
  const exposed = answer.headers.get("access-control-expose-headers").toLowerCase().split(/,\s*/);
  const needed = ["x-request-id", "grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after", "grpc-retry-pushback-ms"];
  assert.deepEqual(needed.filter((name) => !exposed.includes(name)), []);
});
