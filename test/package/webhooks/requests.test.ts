// The requests of runtimes and frameworks.

import { once } from "node:events";
import { createServer, type IncomingMessage, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ReadRequest,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookRequest,
  WebhookVerificationError,
} from "../../../packages/reelhook/src/webhooks/index.ts";
import { BODY, EVENT, newKeys, signed } from "./signed.ts";

const own = await newKeys();
const genuine = await signed([own.v1, own.v1a]);
const bytes = new TextEncoder().encode(BODY);
const URL = "https://app.example.com/hook";
const TOO_LARGE = "x".repeat(64 * 1024 + 1);

/** @returns the event, or the code of the refusal. */
async function outcome(request: WebhookRequest): Promise<unknown> {
  return verifyWebhook(request, own).catch((error: unknown) => {
    if (error instanceof WebhookVerificationError) return error.code;
    throw error;
  });
}

const { headers } = genuine;
const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));
const capitalized = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()), value]),
);

describe("headers", () => {
  it.each<[string, WebhookHeaders]>([
    ["Headers", new Headers(headers)],
    ["an object", headers],
    ["an object in upper case", upper],
    ["an object in title case", capitalized],
    ["an object of lists", Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))],
    ["an object with other things", { get: "x", host: undefined, "set-cookie": ["a", "b"], ...headers }],
    ["pairs", Object.entries(headers)],
    ["a Map in title case", new Map(Object.entries(capitalized))],
    ["an object with nothing but get", { get: (name: string) => new Headers(headers).get(name) }],
  ])("may be %s", async (_, each) => {
    expect(await outcome({ headers: each, body: BODY })).toEqual(EVENT);
  });

  it("are not trusted if one is repeated with another value", async () => {
    const twice = [...Object.entries(headers), ["webhook-id", "msg_2"] as const];
    expect(await outcome({ headers: twice, body: BODY })).toBe("no_matching_signature");
  });
});

describe("a body that has been read", () => {
  const padded = new Uint8Array([1, 2, ...bytes, 3]);

  it.each<[string, ReadRequest["body"]]>([
    ["text", BODY],
    ["bytes", bytes],
    ["a part of a buffer", padded.subarray(2, -1)],
    ["a Buffer", Buffer.from(BODY)],
    ["an ArrayBuffer", bytes.slice().buffer],
  ])("may be %s", async (_, body) => {
    expect(await outcome({ headers, body })).toEqual(EVENT);
  });

  it.each([
    ["an object", EVENT, "body_parsed"],
    ["the empty object of a parser that did not run", {}, "body_parsed"],
    ["a number", 7, "body_parsed"],
    ["a stream", new Response(BODY).body, "body_parsed"],
    ["undefined", undefined, "body_missing"],
    ["null", null, "body_missing"],
    ["larger than 64 KiB", TOO_LARGE, "body_too_large"],
  ])("is refused if it is %s", async (_, body, code) => {
    // @ts-expect-error: most of them do not fit the type, as in a program without types.
    expect(await outcome({ headers, body })).toBe(code);
  });

  it("may have up to 64 KiB", async () => {
    const body = JSON.stringify({ text: "x".repeat(64 * 1024 - 11) });
    expect(body.length).toBe(64 * 1024);
    expect(await outcome(await signed([own.v1], { body }))).toEqual(JSON.parse(body));
  });
});

describe("a Request", () => {
  const post = (body: BodyInit | null = BODY) =>
    new Request(URL, { method: "POST", headers, body, ...{ duplex: "half" } });

  it("is verified, and its headers can be read afterwards", async () => {
    const request = post();
    expect(await outcome(request)).toEqual(EVENT);
    expect(request.headers.get("webhook-id")).toBe("msg_1");
  });

  it("is refused if its body has been read", async () => {
    const read = post();
    await read.json();
    expect(await outcome(read)).toBe("body_already_read");
    const locked = post();
    locked.body?.getReader();
    expect(await outcome(locked)).toBe("body_already_read");
  });

  it("is refused without a body", async () => {
    expect(await outcome(post(null))).toBe("no_matching_signature");
  });

  it("is refused before its body is read, if its headers are bad", async () => {
    const request = new Request(URL, { method: "POST", body: BODY });
    expect(await outcome(request)).toBe("missing_header");
    expect(request.bodyUsed).toBe(false);
  });

  it("is read up to 64 KiB, and then canceled", async () => {
    let pulled = 0;
    let canceled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1024;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel: () => {
        canceled = true;
      },
    });
    expect(await outcome(post(endless))).toBe("body_too_large");
    expect(canceled).toBe(true);
    expect(pulled).toBeLessThan(70 * 1024);
  });

  it("fails with the error of its connection, if that breaks", async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("connection lost")) });
    await expect(verifyWebhook(post(broken), own)).rejects.toThrow("connection lost");
  });

  it("may be of another implementation, whose body is not a stream of the Fetch API", async () => {
    const request = { headers, bodyUsed: false, body: {}, arrayBuffer: async () => bytes.slice().buffer };
    expect(await outcome(request)).toEqual(EVENT);
    expect(await outcome({ ...request, bodyUsed: true })).toBe("body_already_read");
  });

  it("is that of Hono", async () => {
    const app = new Hono().post("/hook", async (c) => c.json(await outcome(c.req.raw)));
    expect(await (await app.request("/hook", post())).json()).toEqual(EVENT);
  });

  it("of Hono that middleware has read is verified from its text", async () => {
    const app = new Hono()
      .use(async (c, next) => {
        await c.req.json();
        return next();
      })
      .post("/hook", async (c) => {
        const [unread, read] = [c.req.raw, { headers: c.req.raw.headers, body: await c.req.text() }];
        return c.json([await outcome(unread), await outcome(read)]);
      });
    expect(await (await app.request("/hook", post())).json()).toEqual(["body_already_read", EVENT]);
  });
});

describe("a request in Node", () => {
  /** What the server does with each request. */
  let receive: (request: IncomingMessage) => Promise<unknown>;
  const server = createServer(async (request, response) => {
    const received = await receive(request).catch(String);
    response.writeHead(200, { connection: "close" }).end(JSON.stringify(received));
  });

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => server.close());

  async function post(body: string | Uint8Array = BODY): Promise<unknown> {
    const { port } = server.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
    return response.json();
  }

  it("is verified as it is", async () => {
    receive = outcome;
    expect(await post()).toEqual(EVENT);
    expect(await post(`${BODY} `)).toBe("body_changed");
  });

  it("is verified with an encoding, which turns its chunks into text", async () => {
    receive = (request) => outcome(request.setEncoding("utf8"));
    expect(await post()).toEqual(EVENT);
  });

  it("is verified with the raw body of a parser", async () => {
    receive = async (request) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      return outcome(Object.assign(request, { body: Buffer.concat(parts) }));
    };
    expect(await post()).toEqual(EVENT);
  });

  it("is refused if a parser has read it", async () => {
    receive = async (request) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const parsed = outcome(Object.assign(request, { body: JSON.parse(String(Buffer.concat(parts))) }));
      return [await parsed, await outcome(Object.assign(request, { body: undefined }))];
    };
    expect(await post()).toEqual(["body_parsed", "body_already_read"]);
  });

  it("is cut off at 64 KiB", async () => {
    const refused = Promise.withResolvers<unknown>();
    receive = async (request) => {
      refused.resolve(await outcome(request));
      return null;
    };
    const { port } = server.address() as AddressInfo;
    const endless = sendRequest({ port, host: "127.0.0.1", method: "POST", headers });
    const closed = once(endless, "close");
    // The server ends the connection while there is more to send.
    endless.on("error", () => {});
    const send = () => {
      if (!endless.destroyed) endless.write(TOO_LARGE.slice(0, 16 * 1024), () => setImmediate(send));
    };
    send();
    expect(await refused.promise).toBe("body_too_large");
    await closed;
  });
});
