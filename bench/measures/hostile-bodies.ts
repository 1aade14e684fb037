// Measures how much memory a request body takes, for bodies that are made to take as much as possible, beside plain ones of
// the same size. Each is sent to a new runtime, in test mode, over HTTP. The baseline is the memory before the body.

import { request } from "node:http";
import { join } from "node:path";
import { memoryKb } from "../harness/machine.ts";
import { AUTHORIZED, settingsFor, startWorkerd } from "../servers.ts";
import type { Figures } from "./figures.ts";

const MIB = 1024 * 1024;

const TEST_KEY = "rh_test_bench_0123456789";
const HEADERS = { ...AUTHORIZED, authorization: `Bearer ${TEST_KEY}` };

export interface Body {
  readonly name: string;
  /** `/v1/generations` if absent. */
  readonly path?: string;
  readonly method?: "POST" | "PATCH";
  /** Sent without Content-Length. */
  readonly isChunked?: true;
  /** Its Content-Length alone is too large. The body itself is not sent. */
  readonly isRefusedUnread?: true;
  /** @returns a body of at most `bytes` bytes. */
  make(bytes: number): Buffer;
}

/** Repeats `unit` between `head` and `tail`. */
const filled = (head: string, unit: string, tail: string) => (bytes: number) => {
  const [start, one, end] = [head, unit, tail].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  const count = Math.floor((bytes - start.length - end.length) / one.length);
  return Buffer.concat([start, Buffer.alloc(count * one.length, one), end]);
};

/** Joins 4,900 texts, which together have `bytes` bytes. */
const joined = (head: string, one: (text: string, at: number) => string, tail: string) => (bytes: number) => {
  const text = "x".repeat(Math.floor(bytes / 4_900) - 30);
  return Buffer.from(head + Array.from({ length: 4_900 }, (_, at) => one(text, at)).join(",") + tail);
};

const OPEN = '{"prompt":"p","video_url":"data:video/mp4;base64,';
const REFUSED = `{"unknown":1,${OPEN.slice(1)}`;
const VALID = '{"prompt":"p","video_url":"https://example.com/v.mp4",';

export const BODIES: readonly Body[] = [
  { name: "a data URI, accepted and put into the simulator of R2", make: filled(OPEN, "A", '"}') },
  { name: "a data URI beside an unknown field, refused", make: filled(REFUSED, "A", '"}') },
  { name: "the same without Content-Length", make: filled(REFUSED, "A", '"}'), isChunked: true },
  { name: "a data URI with escaped slashes", make: filled(REFUSED, "AAAAAAAAA\\/", '"}') },
  { name: "a data URI with one character outside Latin-1", make: filled(`${REFUSED}日`, "A", '"}') },
  { name: "a data URI with `\\u4e2d`", make: filled(REFUSED, "AAAAAAAAA\\u4e2d", '"}') },
  { name: "4,900 data URIs", make: joined('{"urls":[', (text) => `"data:image/png,${text}"`, "]}") },
  { name: "`[`", make: filled("", "[", "") },
  { name: '`{"a":`', make: filled("", '{"a":', "") },
  { name: "`{},`", make: filled("[", "{},", "{}]") },
  { name: "`0,`", make: filled("[", "0,", "0]") },
  { name: '`"",`', make: filled("[", '"",', '""]') },
  { name: "one name", make: filled('{"', "k", '":1}') },
  { name: "one name with one character outside Latin-1", make: filled('{"日', "k", '":1}') },
  { name: "4,900 names", make: joined("{", (text, at) => `"${at}${text}":1`, "}") },
  { name: "`\\u4e2d` in an unknown field", make: filled(`${VALID}"x":"`, "\\u4e2d", '"}') },
  { name: "one text in metadata", make: filled(`${VALID}"metadata":{"a":"`, "A", '"}}') },
  { name: "one text with half a character", make: filled('{"prompt":"\\ud800', "A", '"}') },
  { name: "one number", make: filled('{"prompt":', "1", "}") },
  { name: "whitespace", make: filled("", " ", "1") },
  { name: "line breaks, and not JSON", make: filled("", "\n", "x") },
  { name: "a data URI without an end", make: filled(OPEN, "A", "") },
  { name: "`[` on a drop-in path", path: "/v2/video/generations", make: filled("", "[", "") },
  {
    name: "`[` for a webhook endpoint",
    path: "/v1/webhook-endpoints",
    isRefusedUnread: true,
    make: filled("", "[", ""),
  },
  {
    name: "one name for a change of a webhook endpoint",
    path: "/v1/webhook-endpoints/we_x",
    method: "PATCH",
    isRefusedUnread: true,
    make: filled('{"', "k", '":1}'),
  },
];

/**
 * @param project folder of the checkout to measure.
 * @param provider is never called, because the generation is in test mode.
 */
export async function hostileBody(body: Body, project: string, provider: string, bytes = 32 * MIB): Promise<Figures> {
  const { AIMLAPI_KEY: _, ...settings } = settingsFor(provider, 600);
  const API_KEYS = JSON.stringify({ bench: [TEST_KEY] });
  const server = await startWorkerd({
    config: join(project, "wrangler.toml"),
    settings: { ...settings, API_KEYS },
    submission: { headers: HEADERS },
    without: ["assets", "ratelimits"],
  });
  try {
    // Loads the code, the simulators and the objects.
    await send(server.url, { name: "warm-up", make: () => Buffer.from(`${OPEN}AAAA"}`) }, bytes);
    const before = memoryKb(server.pids, "VmRSS");
    const { status, answered, sent } = await send(server.url, body, bytes);
    const growth = (memoryKb(server.pids, "VmHWM") - before) * 1024;
    return {
      "growth MiB": growth / MIB,
      "growth ÷ size": growth / sent,
      status,
      "bytes answered": answered,
    };
  } finally {
    await server.stop();
  }
}

function send(
  url: string,
  { path = "/v1/generations", method = "POST", isChunked, isRefusedUnread, make }: Body,
  bytes: number,
): Promise<{ readonly status: number; readonly answered: number; readonly sent: number }> {
  const body = make(bytes);
  const length = isChunked ? { "transfer-encoding": "chunked" } : { "content-length": body.length };
  return new Promise((resolve, reject) => {
    let status = 0;
    let answered = 0;
    const done = () => {
      outgoing.destroy();
      resolve({ status, answered, sent: body.length });
    };
    const options = { agent: false, method, headers: { ...HEADERS, ...length } };
    const outgoing = request(`${url}${path}`, options, (response) => {
      status = response.statusCode ?? 0;
      response.on("data", (chunk: Buffer) => {
        answered += chunk.length;
      });
      response.on("end", done);
      response.on("error", reject);
    });
    outgoing.on("error", (cause) => (status === 0 ? reject(cause) : done()));
    // The answer to a body that is refused unread could be lost, because the connection may close while it is sent.
    if (isRefusedUnread) outgoing.flushHeaders();
    else outgoing.end(body);
  });
}
