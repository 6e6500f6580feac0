// Tests of the page: each opens it anew, uses it, and looks at the end at whether something
// went wrong in it.

import assert from "node:assert/strict";
import { withBrowser } from "./browser.js";
import { openField } from "./field_of_page.js";
import { withServers } from "./server.js";
import { test } from "./timed.js";

export const SMALL = { seed: "42", grid_size: "32", steps: "40", stream_interval: "4" };
// Whoever asks for less motion is shown the end, so no test waits for the rest.
export const CALM = { reducedMotion: "reduce" };

// A browser for the tests of a file, and servers with these `options` by names. `ofPage`
// makes a test of the page of one of them, by default of the first.
export function withPages(options = { open: {} }, flags = []) {
  const servers = withServers(options);
  const browser = withBrowser(flags);
  const open = (server, parameters, settings = CALM) => openField(browser(), server, parameters, settings);
  const ofPage = (name, parameters, body, settings, serverOf = () => Object.values(servers)[0]) =>
    test(name, async (context) => {
      const opened = await open(serverOf(), parameters, settings);
      try {
        await body(opened.field, { ...opened, test: context });
        assert.deepEqual(opened.faults, []);
      } finally {
        await opened.context.close();
      }
    });
  return { servers, open, ofPage };
}
