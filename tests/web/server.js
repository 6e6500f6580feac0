// The program `mfn serve`, started for a test and ended with it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before } from "./timed.js";

const PROGRAM = process.env.MFN_PROGRAM ?? new URL("../../target/release/mfn", import.meta.url).pathname;
export const KEY = "key-of-the-web-tests";

// Starts a server at an address of this machine, on a free port or on `port`; `stop` has it
// end.
export async function startServer({ flags = [], keys = false, host = "127.0.0.1", port = 0 } = {}) {
  const environment = { ...process.env, MFN_GRPC_ADMIN_PORT: "0", MFN_GRPC_AUDIT_LOG: "off" };
  for (const name of ["MFN_API_KEY", "MFN_API_KEYS", "MFN_API_KEYS_FILE"]) delete environment[name];
  if (keys) environment.MFN_API_KEYS = KEY;
  const child = spawn(PROGRAM, ["serve", "--host", host, "--port", String(port), ...flags], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const ended = once(child, "exit");
  const ready = once(createInterface(child.stdout), "line");
  const [first] = await Promise.race([ready, ended]);
  const address = /(\S+):(\d+)/.exec(first);
  if (!address) {
    child.kill("SIGKILL");
    throw new Error(`mfn serve did not start: ${first} ${log}`);
  }
  const name = host === "127.0.0.1" ? "localhost" : host;
  return {
    host,
    port: Number(address[2]),
    origin: `http://${name}:${address[2]}`,
    // With a signal that leaves no time for farewells, the server is simply gone.
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

// Starts servers before a file's tests and ends them after; `options` by names, or what
// gives them then.
export function withServers(options) {
  const servers = {};
  before(async () => {
    const all = typeof options === "function" ? options() : options;
    for (const [name, of] of Object.entries(all)) servers[name] = await startServer(of);
  });
  after(() => Promise.all(Object.values(servers).map((server) => server.stop())));
  return servers;
}
