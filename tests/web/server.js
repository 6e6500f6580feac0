// The program `mfn serve`, started for a test and ended with it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PROGRAM = process.env.MFN_PROGRAM ?? new URL("../../target/release/mfn", import.meta.url).pathname;
export const KEY = "key-of-the-web-tests";

// Starts a server on a free port of this machine, or on `port`; `stop` has it end.
export async function startServer({ flags = [], keys = false, port = 0 } = {}) {
  const environment = { ...process.env, MFN_GRPC_ADMIN_PORT: "0", MFN_GRPC_AUDIT_LOG: "off" };
  for (const name of ["MFN_API_KEY", "MFN_API_KEYS", "MFN_API_KEYS_FILE"]) delete environment[name];
  if (keys) environment.MFN_API_KEYS = KEY;
  const child = spawn(PROGRAM, ["serve", "--host", "127.0.0.1", "--port", String(port), ...flags], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk) => (log += chunk));
  const ended = once(child, "exit");
  const ready = once(createInterface(child.stdout), "line");
  const first = await Promise.race([ready, ended]);
  const address = /(\S+):(\d+)/.exec(first[0]);
  if (!address) throw new Error(`mfn serve did not start: ${first} ${log}`);
  return {
    port: Number(address[2]),
    origin: `http://localhost:${address[2]}`,
    // With a signal that leaves no time for farewells, the server is simply gone.
    async stop(signal = "SIGTERM") {
      child.kill(signal);
      await ended;
    },
  };
}

// Starts servers before a file's tests and ends them after; `options` by names.
export function withServers({ before, after }, options) {
  const servers = {};
  before(async () => {
    for (const [name, of] of Object.entries(options)) servers[name] = await startServer(of);
  });
  after(async () => {
    await Promise.all(Object.values(servers).map((server) => server.stop()));
  });
  return servers;
}
