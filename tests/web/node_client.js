// A client of Node, which asks the server what the page should show.

import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";

export function clientOf(server, service) {
  return createClient(service, createConnectTransport({ baseUrl: server.origin, httpVersion: "1.1" }));
}
