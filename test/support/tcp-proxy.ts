// A TCP proxy whose connections a test can cut.

import { connect, createServer, type Socket } from "node:net";
import { listen } from "./listening.ts";

export class TcpProxy {
  /** Where connections lead. */
  target: string;
  /** While true, new connections are closed at once. */
  isDown = false;
  #url = "";
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => {
    if (this.isDown) {
      near.destroy();
      return;
    }
    const { hostname, port } = new URL(this.target);
    const far = connect(Number(port), hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });

  constructor(target: string) {
    this.target = target;
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    this.#url = await listen(this.#server);
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
