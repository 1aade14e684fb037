import { createServer, type RequestListener, type Server } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { answerText, isDelivered } from "../../../packages/reelhook/src/command/listen/answer-text.ts";
import { type Answer, type SendOptions, send } from "../../../packages/reelhook/src/command/listen/forward.ts";
import { Screen } from "../../../packages/reelhook/src/command/listen/screen.ts";
import { printable } from "../../../packages/reelhook/src/command/printable.ts";
import { listen } from "../../support/listening.ts";

const servers: Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** Sends to a real server that answers like this. @returns the line that is shown. */
async function answerOf(receive: RequestListener, options: Partial<SendOptions> = {}): Promise<string> {
  const server = createServer(receive);
  servers.push(server);
  const url = new URL("/hook", await listen(server));
  const answer = await send(
    { url, headers: {}, body: "{}" },
    { fetch, signal: new AbortController().signal, ...options },
  );
  return answerText(answer, url).replace(/in \d+ ms/, "in 1 ms");
}

const answered = (status: number, text = "", headers = {}): Answer => ({
  ...{ kind: "answered", status, text, headers: new Headers(headers), ms: 1 },
});

const HOOK = new URL("http://localhost:3000/hook");

describe("an answer", () => {
  it.each<[string, string, RequestListener]>([
    ["204 in 1 ms", "a success", (_, response) => response.writeHead(204).end()],
    ["200 in 1 ms", "a success with a body, which is not shown", (_, response) => response.end("ok")],
    [
      "400 in 1 ms: bad signature",
      "the first line",
      (_, response) => response.writeHead(400).end("\n bad signature\nat"),
    ],
    [
      "500 in 1 ms: a",
      "a body that breaks off",
      (_, response) => response.writeHead(500).write("a\n", () => response.destroy()),
    ],
    ["no answer: the connection was closed", "a closed connection", (_, response) => response.destroy()],
  ])("is shown as %j for %s", async (text, _, receive) => {
    expect(await answerOf(receive)).toBe(text);
  });

  it.each<[string, RequestListener]>([
    ["nothing", () => {}],
    ["a body that does not end", (_, response) => void response.write("a")],
  ])("is late if the receiver sends %s in time", async (_, receive) => {
    expect(await answerOf(receive, { timeoutMs: 100 })).toBe("no complete answer within 0.1 s");
  });

  it("is read up to 64 KiB", async () => {
    let written = 0;
    const pour: RequestListener = (_, response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(16_384))) written++;
        response.once("drain", more);
      };
      more();
    };
    expect(await answerOf(pour)).toMatch(/^500 in 1 ms: x{200}…$/);
    expect(written).toBeLessThan(1_000);
  });

  it("is given up when the command ends", async () => {
    const end = new AbortController();
    const sending = answerOf(() => end.abort("ended"), { signal: end.signal });
    await expect(sending).rejects.toBe("ended");
  });

  it.each<[string, Answer]>([
    ["308 in 1 ms: redirects are not followed (to /hook/)", answered(308, "Moved", { location: "/hook/" })],
    ["304 in 1 ms", answered(304)],
    [
      "500 in 1 ms: Error: no user",
      answered(500, "<html><head><title>Error</title></head><pre>Error: no user<br>at</pre>", {
        "content-type": "text/html",
      }),
    ],
    [
      "no answer: connection refused. Is your app running at http://localhost:3000?",
      { kind: "failed", reason: "connection refused" },
    ],
  ])("is shown as %j", (text, answer) => {
    expect(answerText(answer, HOOK)).toBe(text);
    expect(isDelivered(answer)).toBe(false);
  });
});

describe("text from elsewhere", () => {
  it.each([
    ["\u001b[2J\u001b]0;title\u0007red", "�[2J�]0;title�red"],
    ["a\tb\r\n c\u2028d", "a b c d"],
    ["\u202eabc\u0085\u009b31m", "�abc��31m"],
    ["x".repeat(500), `${"x".repeat(200)}…`],
    ["🎬".repeat(201), `${"🎬".repeat(200)}…`],
  ])("cannot control the terminal: %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe("a line", () => {
  const callback = { id: "msg_1", type: "generation.failed", generationId: "gen_1", body: "{}" };
  const lineOf = (hasColors: boolean) => {
    let line = "";
    const write = (text: string) => {
      line = text;
    };
    new Screen({ write, hasColors, now: () => new Date(2026, 10, 22, 9, 5, 3).getTime() }).event(
      callback,
      "204",
      "green",
    );
    return line;
  };

  it("has the time, the event and the answer", () => {
    expect(lineOf(false)).toBe("09:05:03  generation.failed     gen_1  -> 204\n");
  });

  it("has colors in a terminal", () => {
    expect(lineOf(true)).toBe("\u001b[2m09:05:03\u001b[22m  generation.failed     gen_1  -> \u001b[32m204\u001b[39m\n");
  });
});
