// Tests that end, one that waits for what does not come too, and what goes before and after
// those of a file.

import * as node from "node:test";

// Far more than any of them takes, on however slow a machine.
const TIMEOUT_MS = 240_000;

// Node's own hooks before all tests of a file are run at once, whichever comes first.
let prepared = Promise.resolve();

// Has something done before the tests of a file, after what was asked for before it. If it
// fails, so do they.
export function before(prepare) {
  prepared = prepared.then(prepare);
  prepared.catch(() => {});
}

export function test(name, body) {
  node.test(name, { timeout: TIMEOUT_MS }, async (context) => {
    await prepared;
    await body(context);
  });
}

export const after = (body) => node.after(body, { timeout: TIMEOUT_MS });
