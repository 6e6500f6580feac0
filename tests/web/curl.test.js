// curl, over HTTP/1.1 and HTTP/2: calls in JSON, as a person types them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { toJson, fromJson, create } from "@bufbuild/protobuf";
import { CALLS, FAULTY } from "./calls.js";
import { withServers } from "./server.js";
import { signature } from "./signature.js";
import { test } from "./timed.js";

const run = promisify(execFile);
const servers = withServers({ open: {}, keyed: { keys: true } });
const VERSIONS = [["HTTP/1.1", "--http1.1"], ["HTTP/2", "--http2-prior-knowledge"]];

const curl = (...flags) => curlWithInput("", flags);

// What curl prints, whose standard input is `input`.
async function curlWithInput(input, flags) {
  const promise = run("curl", ["--silent", "--show-error", "--max-time", "60", ...flags], {
    encoding: "buffer",
    maxBuffer: 1 << 26,
  });
  // Curl may have ended before it is told that nothing comes; what it did not read shows in what it prints.
  promise.child.stdin.on("error", () => {});
  promise.child.stdin.end(input);
  return (await promise).stdout;
}

const headersOf = (entries) => Object.entries(entries).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);

// The frames of an answer of Connect streaming: messages, and the end's metadata.
function envelopes(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    found.push({ flags: bytes[at], content: JSON.parse(bytes.subarray(at + 5, at + 5 + length)) });
    at += 5 + length;
  }
  return found;
}

async function answered(server, { service, method, request, pick }, flag, signed) {
  const descriptor = service.method[method];
  const path = `/${service.typeName}/${descriptor.name}`;
  const json = JSON.stringify(toJson(descriptor.input, create(descriptor.input, request)));
  const headers = signed ? headersOf(signature(path)) : [];
  const read = (message) => fromJson(descriptor.output, message);
  if (descriptor.methodKind === "unary") {
    return pick(read(JSON.parse(await curl(flag, ...headers, "--json", json, server.origin + path))));
  }
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(json.length, 1);
  const output = await curlWithInput(Buffer.concat([prefix, Buffer.from(json)]), [
    flag, ...headers, "-H", "content-type: application/connect+json", "--data-binary", "@-", server.origin + path,
  ]);
  const frames = envelopes(output);
  const end = frames.pop();
  assert.equal(end.flags, 2);
  assert.equal(end.content.error, undefined);
  return pick(frames.map(({ content }) => read(content)));
}

for (const [version, flag] of VERSIONS) {
  for (const call of CALLS) {
    const name = call.service.method[call.method].name;
    test(`curl, ${version}: ${name}`, async () => {
      assert.deepEqual(await answered(servers.open, call, flag, false), call.expected);
      assert.deepEqual(await answered(servers.keyed, call, flag, true), call.expected);
    });
  }

  test(`curl, ${version}: an error is JSON with its details`, async () => {
    const url = `${servers.open.origin}/mfn.MFNSimulationService/RunSimulation`;
    const output = await curl(flag, "--json", JSON.stringify(FAULTY), "--write-out", "\n%{http_code}", url);
    const [body, status] = output.toString().split("\n");
    assert.equal(status, "400");
    const { code, message, details } = JSON.parse(body);
    assert.equal(code, "invalid_argument");
    assert.match(message, /grid_size is 3, .*alpha is 0.5/);
    assert.deepEqual(
      details.map(({ type }) => type).sort(),
      ["google.rpc.BadRequest", "google.rpc.ErrorInfo", "google.rpc.RequestInfo"],
    );
    const unsigned = await curl(flag, "--json", "{}", url.replace(servers.open.origin, servers.keyed.origin));
    assert.equal(JSON.parse(unsigned).code, "unauthenticated");
  });

  test(`curl, ${version}: a call by GET`, async () => {
    const message = encodeURIComponent('{"seed":42}');
    const url = `${servers.open.origin}/mfn.MFNSimulationService/RunSimulation?connect=v1&encoding=json&message=${message}`;
    assert.equal(JSON.parse(await curl(flag, url)).growthEvents, 12);
  });

  test(`curl, ${version}: the root has the page, a path of nothing does not hang`, async () => {
    assert.match((await curl(flag, servers.open.origin)).toString(), /^<!doctype html>/);
    const output = await curl(flag, "--write-out", "%{http_code}", "--output", "/dev/null", `${servers.open.origin}/nothing`);
    assert.equal(output.toString(), "404");
  });
}

test("curl as the README prints it", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const [line] = readme.match(/curl localhost:50051\/mfn\.MFNSimulationService\/RunSimulation --json .*/) ?? [];
  assert.ok(line, "README.md calls by curl");
  const { stdout } = await run("sh", ["-c", line.replace("50051", servers.open.port)]);
  assert.equal(JSON.parse(stdout).fractalDimension, 1.774263517239971);
  // What the README prints below it, whatever its white space.
  const [, printed] = readme.split(line)[1].match(/^\n(\{[\s\S]*?\n?\})\n/) ?? [];
  assert.deepEqual(JSON.parse(printed), JSON.parse(stdout));
});
