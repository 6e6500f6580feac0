// Calls by the Connect protocol (https://connectrpc.com/docs/protocol) to the server
// that the page is from.

import { decodeBadRequest, decodeFirstString, decodeRetryInfo } from "./messages.js";

const END_OF_STREAM = 2;
const PREFIX = 5;
// No message of the server is longer than it may send: 100 MiB by default.
const LONGEST_MESSAGE = 1 << 28;

// Why a call failed, with what the server said in the error's details.
class CallError extends Error {
  constructor(code, message, details = []) {
    super(message);
    this.code = code;
    this.violations = [];
    for (const { type, value } of details) {
      const bytes = fromBase64(value);
      if (type === "google.rpc.BadRequest") this.violations = decodeBadRequest(bytes);
      else if (type === "google.rpc.ErrorInfo") this.reason = decodeFirstString(bytes);
      else if (type === "google.rpc.RequestInfo") this.requestId = decodeFirstString(bytes);
      else if (type === "google.rpc.RetryInfo") this.retryAfterS = decodeRetryInfo(bytes);
    }
  }
}

// The answer of a unary call; `message` and the answer are JSON.
export async function unary(method, message, { headers, signal }) {
  const response = await post(method, JSON.stringify(message), "application/json", headers, signal);
  return interrupted(response.json());
}

// The messages of a streaming call, as bytes, each when it has come whole.
export async function* stream(method, message, { headers, signal }) {
  const body = new Uint8Array(PREFIX + message.length);
  new DataView(body.buffer).setUint32(1, message.length);
  body.set(message, PREFIX);
  const response = await post(method, body, "application/connect+proto", headers, signal);
  for await (const { flags, bytes } of envelopes(response.body.getReader())) {
    if ((flags & END_OF_STREAM) === 0) {
      yield bytes;
      continue;
    }
    const { error } = JSON.parse(new TextDecoder().decode(bytes));
    if (error) throw new CallError(error.code, error.message ?? "", error.details);
    return;
  }
  throw new CallError("unavailable", "The stream broke off: the server or the way to it has gone.");
}

async function post(method, body, type, headers, signal) {
  const response = await interrupted(
    fetch(`./${method}`, {
      method: "POST",
      headers: { "content-type": type, "connect-protocol-version": "1", ...headers },
      body,
      signal,
      cache: "no-store",
      credentials: "omit",
    }),
  );
  if (response.ok) return response;
  let error;
  try {
    error = await response.json();
  } catch {
    throw new CallError("unknown", `The server answered with the HTTP status ${response.status}.`);
  }
  throw new CallError(error.code ?? "unknown", error.message ?? "", error.details);
}

// The parts of a stream: a byte of flags, four of length, and so many bytes.
async function* envelopes(reader) {
  let chunks = [];
  let held = 0;
  const take = (count) => {
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const part = chunks[0].subarray(0, count - filled);
      bytes.set(part, filled);
      filled += part.length;
      if (part.length === chunks[0].length) chunks.shift();
      else chunks[0] = chunks[0].subarray(part.length);
    }
    held -= count;
    return bytes;
  };
  const has = async (count) => {
    while (held < count) {
      const { done, value } = await interrupted(reader.read());
      if (done) return false;
      chunks.push(value);
      held += value.length;
    }
    return true;
  };
  while (await has(PREFIX)) {
    const prefix = take(PREFIX);
    const length = new DataView(prefix.buffer).getUint32(1);
    if (length > LONGEST_MESSAGE) throw new CallError("internal", "A message of the stream is too long.");
    if (!(await has(length))) return;
    yield { flags: prefix[0], bytes: take(length) };
  }
}

// The result of something that a broken connection interrupts.
async function interrupted(promise) {
  try {
    return await promise;
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    throw new CallError("unavailable", "The server cannot be reached, or has gone.");
  }
}

function fromBase64(text) {
  return Uint8Array.from(atob(text ?? ""), (letter) => letter.charCodeAt(0));
}
