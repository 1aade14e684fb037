// Servers on this machine that a command may meet instead of a deployment.

import { createServer, type RequestListener, type Server } from "node:http";
import { listen } from "./listening.ts";

export class LoopbackServers {
  readonly #servers: Server[] = [];

  /** @returns the URL of a server that answers every request with this. */
  site(body: string): Promise<string> {
    return this.serve((_request, response) => void response.end(body));
  }

  /**
   * @returns the URL of a deployment that is replaced by an older release, which ignores `bodies=true`: its stream has one
   * event with a body, and one without.
   */
  outdatedDeployment(): Promise<string> {
    const summary = { timestamp: "2026-11-22T17:02:05.583Z", data: { id: "gen_1", status: "completed" } };
    const events = [
      { id: "a-0", event: "open", data: {} },
      { id: "a-1", event: "generation.started", data: { type: "generation.started", ...summary } },
      { id: "a-2", event: "generation.completed", data: summary },
    ];
    return this.serve(({ url }, response) => {
      if (url === "/v1/account") response.end(JSON.stringify({ object: "account", name: "acme", mode: "test" }));
      else if (url === "/v1/webhook-secret") response.end(JSON.stringify({ secret: "whsec_c2VjcmV0" }));
      else {
        response.setHeader("content-type", "text/event-stream");
        for (const { id, event, data } of events)
          response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      }
    });
  }

  /** @returns the URL of the server. */
  async serve(answer: RequestListener): Promise<string> {
    const server = createServer(answer);
    this.#servers.push(server);
    return listen(server);
  }

  /** @returns a port that nothing listens on. */
  async closedPort(): Promise<number> {
    const server = createServer();
    const { port } = new URL(await listen(server));
    await new Promise((resolve) => server.close(resolve));
    return Number(port);
  }

  stop(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}
