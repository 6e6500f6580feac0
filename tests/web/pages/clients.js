// The clients of browsers, each as a function that a test calls in the page. What
// they need is made here; what they must be told, the test knows.

import { fromBinary, create, toBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { GrpcWebClientBase, MethodDescriptor, MethodType } from "grpc-web";
import { answersOf, CALLS, collected, FAULTY, refusalOf } from "/calls.js";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, StatusSchema } from "/generated/error_details_pb.js";
import { MFNSimulationService } from "/generated/mfn_pb.js";

const TRANSPORTS = { connect: createConnectTransport, grpcWeb: createGrpcWebTransport };

// @connectrpc/connect-web.
globalThis.connectWeb = async ({ transport, options, origin, key, what }) => {
  const interceptors = key ? [signing(key)] : [];
  const made = TRANSPORTS[transport]({ ...options, baseUrl: origin, interceptors });
  const client = createClient(MFNSimulationService, made);
  switch (what) {
    case "answers":
      return answersOf((service) => createClient(service, made));
    case "refusal":
      return refusalOf(() => client.runSimulation(FAULTY));
    case "refusal of a stream":
      return refusalOf(() => collected(client.streamSimulation(FAULTY)));
  }
};

// grpc-web, the older client, in its two formats.
globalThis.grpcWeb = async ({ format, origin, key, what }) => {
  const client = new GrpcWebClientBase({ format });
  if (what === "refusal") return refusalByGrpcWeb(client, origin);
  const answers = [];
  for (const { service, method, request, pick } of CALLS) {
    const { path, descriptor, input } = described(service, method, request);
    const metadata = key ? await signature(key, path) : {};
    if (service.method[method].methodKind === "unary") {
      answers.push(pick(await client.unaryCall(origin + path, input, metadata, descriptor)));
    } else if (format === "text") {
      answers.push(pick(await framesOf(client.serverStreaming(origin + path, input, metadata, descriptor))));
    } else {
      // Its binary format has no streams.
      answers.push("no stream");
    }
  }
  return answers;
};

function described(service, method, request) {
  const { name, input, output, methodKind } = service.method[method];
  const path = `/${service.typeName}/${name}`;
  const type = methodKind === "unary" ? MethodType.UNARY : MethodType.SERVER_STREAMING;
  const write = (message) => toBinary(input, message);
  const read = (bytes) => fromBinary(output, bytes);
  return { path, input: create(input, request), descriptor: new MethodDescriptor(path, type, Object, Object, write, read) };
}

function framesOf(stream) {
  const frames = [];
  return new Promise((resolve, reject) => {
    stream.on("data", (frame) => frames.push(frame));
    stream.on("error", reject);
    stream.on("end", () => resolve(frames));
  });
}

async function refusalByGrpcWeb(client, origin) {
  const { path, input, descriptor } = described(MFNSimulationService, "runSimulation", FAULTY);
  try {
    await client.unaryCall(origin + path, input, {}, descriptor);
    return "not refused";
  } catch (error) {
    const bytes = Uint8Array.from(atob(error.metadata["grpc-status-details-bin"]), (letter) => letter.charCodeAt(0));
    const { details } = fromBinary(StatusSchema, bytes);
    const found = (schema) => details.map((detail) => anyUnpack(detail, schema)).find((message) => message);
    return {
      code: error.code,
      reason: found(ErrorInfoSchema).reason,
      fields: found(BadRequestSchema).fieldViolations.map(({ field }) => field),
      requestId: found(RequestInfoSchema).requestId,
    };
  }
}

const signing = (key) => (next) => async (request) => {
  const entries = await signature(key, new URL(request.url).pathname);
  for (const [name, value] of Object.entries(entries)) request.header.set(name, value);
  return next(request);
};

async function signature(key, path) {
  const timestamp = String(Date.now() / 1000);
  const bytes = (text) => new TextEncoder().encode(text);
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const secret = await crypto.subtle.importKey("raw", bytes(key), hmac, false, ["sign"]);
  const digest = new Uint8Array(await crypto.subtle.sign(hmac, secret, bytes(timestamp + path)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { "x-api-key": key, "x-timestamp": timestamp, "x-signature": hex };
}

globalThis.ready = true;
