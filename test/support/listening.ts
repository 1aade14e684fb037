// Starts servers of tests on free ports of this machine.

import type { AddressInfo, Server } from "node:net";

/** @param server may also be an HTTP server. @returns its URL, such as `http://127.0.0.1:40123`. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
