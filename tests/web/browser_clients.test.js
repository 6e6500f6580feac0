// @connectrpc/connect-web and grpc-web in Chromium, on a page of another origin that
// the server allows.

import assert from "node:assert/strict";
import { openPage, withBrowser } from "./browser.js";
import { EXPECTED, REFUSED } from "./calls.js";
import { KEY, withServers } from "./server.js";
import { withSites } from "./site.js";
import { before, test } from "./timed.js";

const sites = withSites("clients");
const servers = withServers(() => {
  const flags = ["--cors-origins", sites.clients.origin];
  return { open: { flags }, keyed: { flags, keys: true } };
});
const browser = withBrowser();
let page, faults;

before(async () => {
  ({ page, faults } = await openPage(browser()));
  await page.goto(`${sites.clients.origin}/pages/clients.html`);
  await page.waitForFunction(() => globalThis.ready);
});

const CONNECT_WEB = [
  ["Connect, JSON", { transport: "connect", options: { useBinaryFormat: false } }],
  ["Connect, protobuf", { transport: "connect", options: { useBinaryFormat: true } }],
  ["Connect, GET", { transport: "connect", options: { useHttpGet: true } }],
  ["gRPC-Web", { transport: "grpcWeb", options: {} }],
];

for (const [name, about] of CONNECT_WEB) {
  const call = (more) => page.evaluate((options) => connectWeb(options), { ...about, ...more });

  test(`connect-web, ${name}: the five calls are answered`, async () => {
    assert.deepEqual(await call({ what: "answers", origin: servers.open.origin }), EXPECTED);
    assert.deepEqual(await call({ what: "answers", origin: servers.keyed.origin, key: KEY }), EXPECTED);
  });

  test(`connect-web, ${name}: an error has its details`, async () => {
    assert.deepEqual(await call({ what: "refusal", origin: servers.open.origin }), REFUSED);
    assert.deepEqual(await call({ what: "refusal of a stream", origin: servers.open.origin }), REFUSED);
    const { code, reason } = await call({ what: "refusal", origin: servers.keyed.origin });
    assert.deepEqual([code, reason], [16, "CREDENTIALS_MISSING"]);
  });
}

for (const format of ["text", "binary"]) {
  const call = (more) => page.evaluate((options) => grpcWeb(options), { format, ...more });
  // Its binary format has no streams.
  const expected = EXPECTED.map((of, k) => (format === "binary" && [1, 3].includes(k) ? "no stream" : of));

  test(`grpc-web, ${format}: the calls are answered`, async () => {
    assert.deepEqual(await call({ what: "answers", origin: servers.open.origin }), expected);
    assert.deepEqual(await call({ what: "answers", origin: servers.keyed.origin, key: KEY }), expected);
  });

  test(`grpc-web, ${format}: an error has its details`, async () => {
    assert.deepEqual(await call({ what: "refusal", origin: servers.open.origin }), REFUSED);
  });
}

test("the page had no faults but the refusals that were asked for", () => {
  const others = faults.filter((text) => !/status of 4\d\d/.test(text));
  assert.deepEqual(others, []);
});
