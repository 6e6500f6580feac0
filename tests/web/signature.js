// What signs a call, in Node.

import { createHmac } from "node:crypto";
import { KEY } from "./server.js";

export function signature(path) {
  const timestamp = String(Date.now() / 1000);
  const digest = createHmac("sha256", KEY).update(timestamp + path).digest("hex");
  return { "x-api-key": KEY, "x-timestamp": timestamp, "x-signature": digest };
}
