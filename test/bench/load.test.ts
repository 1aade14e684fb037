import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drive, during, first, loadOf } from "../../bench/harness/load.ts";

describe("loadOf", () => {
  const answers = [
    { status: 202, ms: 40 },
    { status: 500, ms: 1 },
    { status: 200, ms: 60 },
    { status: 429, ms: 1 },
    { status: 0, ms: 60_000 },
  ];

  it("counts only what was answered with 2xx as served", () => {
    expect(loadOf(answers, 2)).toMatchObject({ served: 2, perSecond: 1, refused: 3 });
  });

  it("leaves the times of refused requests out", () => {
    expect(loadOf(answers, 2)).toMatchObject({ p50: 60, p99: 60 });
  });

  it("has no times if everything was refused", () => {
    expect(loadOf([{ status: 503, ms: 1 }], 1)).toEqual({ served: 0, perSecond: 0, p50: NaN, p99: NaN, refused: 1 });
  });
});

describe("drive", () => {
  let requests = 0;
  /** Serves every other request, refuses every third of the rest, and hangs up on the others. */
  const server = createServer((request, response) => {
    const number = ++requests;
    if (number % 2 === 0) response.writeHead(202).end("{}");
    else if (number % 3 === 0) response.writeHead(503).end("{}");
    else request.socket.destroy();
  });
  const asking = () => ({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, headers: {}, body: "{}" });

  beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("reports refused and lost requests beside those that were served", async () => {
    requests = 0;
    expect(await drive(4, asking(), first(60))).toMatchObject({ served: 30, refused: 30 });
  });

  it("sends no more than it may, whatever time is left", async () => {
    requests = 0;
    const { served, refused } = await drive(4, asking(), during(60_000, 20));
    expect(served + refused).toBe(20);
  });
});
