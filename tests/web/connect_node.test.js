// @connectrpc/connect-node: Connect, gRPC-Web and gRPC, over HTTP/1.1 and HTTP/2.

import assert from "node:assert/strict";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { answersOf, collected, EXPECTED, FAULTY, refusalOf, REFUSED } from "./calls.js";
import { MFNSimulationService } from "./generated/mfn_pb.js";
import { withServers } from "./server.js";
import { signature } from "./signature.js";
import { test } from "./timed.js";

const servers = withServers({ open: {}, keyed: { keys: true } });

const PROTOCOLS = [];
for (const httpVersion of ["1.1", "2"]) {
  for (const useBinaryFormat of [true, false]) {
    const format = useBinaryFormat ? "protobuf" : "JSON";
    const options = { httpVersion, useBinaryFormat };
    PROTOCOLS.push(
      [`Connect, ${format}, HTTP/${httpVersion}`, createConnectTransport, options],
      [`Connect, ${format}, GET, HTTP/${httpVersion}`, createConnectTransport, { ...options, useHttpGet: true }],
    );
  }
  PROTOCOLS.push([`gRPC-Web, HTTP/${httpVersion}`, createGrpcWebTransport, { httpVersion }]);
}
PROTOCOLS.push(["gRPC", createGrpcTransport, {}]);

const sign = (next) => (request) => {
  for (const [name, value] of Object.entries(signature(new URL(request.url).pathname))) request.header.set(name, value);
  return next(request);
};

for (const [name, createTransport, options] of PROTOCOLS) {
  const clientsOf = (server, interceptors = []) => {
    const transport = createTransport({ ...options, baseUrl: server.origin, interceptors });
    return (service) => createClient(service, transport);
  };

  test(`${name}: the five calls are answered`, async () => {
    assert.deepEqual(await answersOf(clientsOf(servers.open)), EXPECTED);
  });

  test(`${name}: the five calls are answered when they are signed`, async () => {
    assert.deepEqual(await answersOf(clientsOf(servers.keyed, [sign])), EXPECTED);
  });

  test(`${name}: an error has its details`, async () => {
    const client = clientsOf(servers.open)(MFNSimulationService);
    assert.deepEqual(await refusalOf(() => client.runSimulation(FAULTY)), REFUSED);
    assert.deepEqual(await refusalOf(() => collected(client.streamSimulation(FAULTY))), REFUSED);
  });

  test(`${name}: a call without a signature is refused`, async () => {
    const client = clientsOf(servers.keyed)(MFNSimulationService);
    const { code, reason } = await refusalOf(() => client.runSimulation({}));
    assert.deepEqual([code, reason], [Code.Unauthenticated, "CREDENTIALS_MISSING"]);
  });

  test(`${name}: a deadline ends a long stream`, async () => {
    const client = clientsOf(servers.open)(MFNSimulationService);
    const long = { gridSize: 1024, steps: 10_000, streamInterval: 10_000 };
    const { code } = await refusalOf(() => collected(client.streamSimulation(long, { timeoutMs: 200 })));
    assert.equal(code, Code.DeadlineExceeded);
  });
}
