// Builds HTTP answers, valid or mangled: in their JSON, bytes, status, headers, or the way they are sent.

import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import type { Dice } from "./dice.ts";
import { oddHeaders, oddId, oddLink, oddText, oddValue, toJson } from "./odd-values.ts";
import { httpError, type Json } from "./valid-answers.ts";

/** How an answer is sent. With `raw`, its bytes are the whole answer, including the head. */
export type Sending = "whole" | "chunked" | "slow" | "cut" | "reset" | "hang" | "raw";

export interface FuzzedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body before it was encoded for sending. */
  readonly plain: Buffer;
  readonly sending: Sending;
}

/**
 * Placeholder for the origin of the file host until the answer is complete, so that damaged bytes never create a link
 * to another host. The Worker would correctly try an unreachable host for a day.
 */
export const FILE_HOST = "\ue000";

export interface MangleOptions {
  readonly fileHost: string;
  /** Origin of this service, used in odd links. */
  readonly ownOrigin: string;
  /** The longest `Retry-After` of a valid answer, in seconds. */
  readonly longestWaitSeconds: number;
  /** Whether answers may take until the Worker's timeout, or have many megabytes. */
  readonly mayBeHeavy: boolean;
}

export function valid(status: number, body: Json, fileHost: string): FuzzedAnswer {
  const headers = { "content-type": "application/json" };
  const plain = withFileHost(Buffer.from(toJson(body)), fileHost);
  return { status, headers, body: plain, plain, sending: "whole" };
}

function withFileHost(body: Buffer, fileHost: string): Buffer {
  const found = body.indexOf(FILE_HOST);
  if (found === -1) return body;
  const rest = withFileHost(body.subarray(found + Buffer.byteLength(FILE_HOST)), fileHost);
  return Buffer.concat([body.subarray(0, found), Buffer.from(fileHost), rest]);
}

/** An answer that is wrong in one or more ways. */
export function mangled(dice: Dice, answer: Json, status: number, options: MangleOptions): FuzzedAnswer {
  const said = dice.odds(0.35) ? oddStatus(dice) : status;
  const json = said !== status && dice.odds(0.5) ? httpError(dice, said, "It says no.") : answer;
  let body = dice.weigh<() => Buffer>(
    [3, () => Buffer.from(toJson(json))],
    [4, () => Buffer.from(toJson(mutated(dice, json, options)))],
    [2, () => damaged(dice, Buffer.from(toJson(json)))],
    [2, () => Buffer.from(dice.pick(OTHER_BODIES))],
    [
      options.mayBeHeavy ? 0.03 : 0,
      () => Buffer.from(toJson({ preview: "p".repeat(dice.int(1, 10) * 1024 ** 2), ...json })),
    ],
  )();
  body = withFileHost(body, options.fileHost);
  const plain = body;
  let headers: Record<string, string> = { "content-type": "application/json" };
  if (dice.odds(0.3)) headers = { ...headers, ...oddHeaders(dice, options.longestWaitSeconds) };
  if (dice.odds(0.15)) [headers, body] = encoded(dice, headers, body);
  if (said >= 300 && said < 400 && dice.odds(0.8))
    headers["location"] = dice.pick(["/elsewhere", "https://127.0.0.1:9/", "", "javascript:1"]);
  const sending = dice.weigh<Sending>(
    [20, "whole"],
    [4, "chunked"],
    [2, "slow"],
    [2, "cut"],
    [2, "reset"],
    [2, "raw"],
    [options.mayBeHeavy ? 0.05 : 0, "hang"],
  );
  if (sending === "raw") return { status: said, headers, body: rawAnswer(dice, said, body), plain, sending };
  return { status: said, headers, body, plain, sending: said < 200 ? "reset" : sending };
}

const ODD_STATUSES = [
  201, 202, 203, 204, 205, 206, 207, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404,
];
const MORE_STATUSES = [
  405, 406, 408, 409, 410, 413, 415, 418, 422, 425, 429, 431, 451, 499, 500, 501, 502, 503, 504, 520, 524, 599,
];

function oddStatus(dice: Dice): number {
  return dice.weigh<() => number>(
    [10, () => dice.pick([...ODD_STATUSES, ...MORE_STATUSES])],
    [1, () => dice.int(100, 999)],
  )();
}

const HTML =
  "<!DOCTYPE html><html><head><title>Access denied</title></head><body>Ray ID: 1 \u2013 safety</body></html>";

const OTHER_BODIES: readonly string[] = [
  "",
  " ",
  "null",
  "true",
  "17",
  '"completed"',
  "[]",
  "{}",
  "{",
  '{"status":"completed"',
  "NaN",
  '{"status":NaN}',
  "undefined",
  HTML,
  "<xml/>",
  "id=1&status=completed",
  'data: {"status":"completed"}\n\n',
  `\ufeff{"status":"completed"}`,
  `${"[".repeat(90_000)}${"]".repeat(90_000)}`,
  `{"status":"error","error":${'{"error":'.repeat(90_000)}1${"}".repeat(90_000)}}`,
];

/** Puts one to three odd values into the answer, preferably into important fields. */
function mutated(dice: Dice, answer: Json, { ownOrigin }: MangleOptions): unknown {
  const copy = structuredClone(answer);
  for (let times = dice.int(1, 3); times > 0; times--) {
    const place = placeIn(dice, copy);
    const key = dice.pick([...Object.keys(place), ...Object.keys(place), "status", "error", "video", "message"]);
    const isId = /^(id|\w+_id)$/.test(key);
    const isLink = /^(video|videos|output|url|uri|video_url)$/.test(key);
    const value = isId
      ? oddId(dice, typeof place[key] === "string" ? place[key] : "1")
      : isLink
        ? oddLink(dice, ownOrigin)
        : oddValue(dice);
    if (dice.odds(0.1)) setField(place, oddText(dice).slice(0, 50), place[key]);
    else
      place[key] =
        isLink && dice.odds(0.5) ? dice.pick<unknown>([[value], { url: value }, [{ url: value }, null]]) : value;
  }
  return dice.odds(0.1) ? dice.pick<unknown>([[copy], { data: { data: copy } }, toJson(copy), { error: copy }]) : copy;
}

/** Sets a field, even one named `__proto__`, which a plain assignment does not set. */
function setField(place: Json, key: string, value: unknown): void {
  Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The object itself, or one inside it. */
function placeIn(dice: Dice, whole: Json): Json {
  const inner = Object.values(whole).filter((value) => typeof value === "object" && value !== null);
  return inner.length > 0 && dice.odds(0.5) ? placeIn(dice, dice.pick(inner) as Json) : whole;
}

/** Flips, removes, repeats or cuts off a few bytes. */
function damaged(dice: Dice, whole: Buffer): Buffer {
  const at = dice.int(0, Math.max(0, whole.length - 1));
  const to = Math.min(whole.length, at + dice.int(1, 20));
  return dice.weigh<() => Buffer>(
    [
      3,
      () => {
        const copy = Buffer.from(whole);
        for (let times = dice.int(1, 8); times > 0; times--) copy[dice.int(0, copy.length - 1)] = dice.int(0, 255);
        return copy;
      },
    ],
    [2, () => whole.subarray(0, at)],
    [1, () => Buffer.concat([whole.subarray(0, at), whole.subarray(to)])],
    [1, () => Buffer.concat([whole.subarray(0, to), whole.subarray(at)])],
    [1, () => Buffer.concat([whole, Buffer.from(dice.pick(["}", "\u0000", "garbage", "{}"]))])],
    [1, () => Buffer.from(whole.toString(), "utf16le")],
    [
      1,
      () =>
        Buffer.from(
          whole.toString().replaceAll(/[aeiou]/g, () => dice.pick(["\u00e9", "\u{1f600}", "a"])),
          "latin1",
        ),
    ],
  )();
}

function encoded(dice: Dice, headers: Record<string, string>, body: Buffer): [Record<string, string>, Buffer] {
  const [encoding, bytes] = dice.weigh<() => readonly [string, Buffer]>(
    [2, () => ["gzip", gzipSync(body)]],
    [1, () => ["br", brotliCompressSync(body)]],
    [1, () => ["deflate", deflateSync(body)]],
    [1, () => ["gzip", body]],
    [1, () => ["br", body]],
    [1, () => ["gzip", gzipSync(body).subarray(0, 15)]],
    [1, () => ["gzip", gzipSync(Buffer.alloc(2_000_000, 32))]],
    [1, () => ["nonsense", body]],
  )();
  return [{ ...headers, "content-encoding": encoding }, bytes];
}

/** Raw bytes of whole answers, some of which are not valid HTTP. Each ends when the connection closes. */
function rawAnswer(dice: Dice, status: number, body: Buffer): Buffer {
  const head = dice.pick([
    `HTTP/1.1 ${status}\r\n\r\n`,
    `HTTP/1.0 ${status} OK\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nContent-Length: 5\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nContent-Length: ${body.length + 100}\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nContent-Length: 2\r\nContent-Length: 200\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
    `HTTP/1.1 ${status} OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n`,
    `HTTP/1.1 ${status} OK\r\nX-Inference-Id: \u0000\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nno colon here\r\n\r\n`,
    `HTTP/1.1 ${status} OK\r\nx-large: ${"h".repeat(300_000)}\r\n\r\n`,
    `HTTP/1.1 ${status} ${"\u00ff".repeat(20)}\r\n\r\n`,
    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 ${status} OK\r\n\r\n`,
    "HTTP/9.9 banana\r\n\r\n",
    "\r\n\r\n",
    "",
  ]);
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}
