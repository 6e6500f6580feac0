// A small web server of this machine with the pages of these tests: the origin that a
// page is from that is not the server's own.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before } from "./timed.js";

const FOLDER = new URL(".", import.meta.url);
const TYPES = { html: "text/html", js: "text/javascript", json: "application/json" };

// Starts sites of these `names` before a file's tests, and ends them after.
export function withSites(...names) {
  const sites = {};
  before(async () => {
    for (const name of names) sites[name] = await startSite();
  });
  after(() => Object.values(sites).forEach((site) => site.stop()));
  return sites;
}

async function startSite() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    try {
      const content = await readFile(new URL(`.${path}`, FOLDER));
      response.writeHead(200, { "content-type": TYPES[path.split(".").pop()] ?? "text/plain" });
      response.end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://localhost:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
