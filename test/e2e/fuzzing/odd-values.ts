// Unexpected values for fields, ids, texts and links.

import type { Dice } from "./dice.ts";

/** Marks text that `toJson` inserts as it is, for JSON that `JSON.stringify` cannot write. */
const raw = (json: string) => `@@raw:${json}@@`;

/** JSON text of a value in which odd values may occur. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.replaceAll(/"@@raw:(.*?)@@"/g, (_, json: string) => JSON.parse(`"${json}"`));
}

const NESTED = 90_000;

const nested = (open: string, close: string) => raw(open.repeat(NESTED) + close.repeat(NESTED));

const TEXTS: readonly string[] = [
  "",
  " ",
  "null",
  "\u0000\u0001\u001f",
  "\u{1f600}".repeat(600),
  `${"m".repeat(999)}\u{1f600}`,
  `${"m".repeat(99)}\u{1f600}`,
  "half \ud83d",
  "\ude00 half",
  `${"m".repeat(999)}\ud83d`,
  "\u202eright to left",
  "</script><script>alert(1)</script>",
  "line one\r\nline two: x",
  "__proto__",
  "x".repeat(5_000),
  "\u{10ffff}\ufffe\uffff",
];

const NUMBERS: readonly unknown[] = [
  0,
  -1,
  0.1,
  raw("-0"),
  raw("9007199254740993"),
  raw("1e999"),
  raw("-1e999"),
  raw("123456789012345678901234567890"),
  raw("1e-400"),
];

/** Objects that throw when converted to text or a number, and fields named like inherited ones. */
const OBJECTS: readonly unknown[] = [
  {},
  [],
  [[]],
  [null],
  { toString: 1, valueOf: null, toJSON: "no", hasOwnProperty: 0, constructor: {} },
  raw('{"then": "no", "length": -1}'),
  raw('{"__proto__": {"status": "completed", "message": "inherited"}}'),
  raw('{"__proto__": null, "message": {"toString": null}}'),
  { message: { message: { message: {} } } },
  { length: 1e9, 0: "array-like" },
  { url: { url: { url: null } } },
  { detail: [null, 1, { loc: [{}, null, 1e300], msg: ["x"] }, { loc: "x", msg: "half \ud83d" }] },
];

export function oddText(dice: Dice): string {
  return dice.odds(0.005) ? "y".repeat(900_000) : dice.pick(TEXTS);
}

export function oddValue(dice: Dice): unknown {
  return dice.weigh<() => unknown>(
    [6, () => oddText(dice)],
    [3, () => dice.pick(NUMBERS)],
    [5, () => dice.pick(OBJECTS)],
    [2, () => dice.pick([null, true, false])],
    // A missing field.
    [1, () => undefined],
    [0.1, () => dice.pick([nested("[", "]"), nested('{"error":', "}").replace("}", "1}")])],
    [1, () => Array.from({ length: dice.int(1, 40) }, () => oddText(dice))],
  )();
}

/** An id that may be unreadable, too long, or not exact. `own` is the job's real id. */
export function oddId(dice: Dice, own: string): unknown {
  return dice.weigh<() => unknown>(
    [4, () => oddValue(dice)],
    [1, () => `${own}${oddText(dice)}`],
    [1, () => `${own}${"z".repeat(dice.pick([900, 1_000, 1_024, 2_000]))}`],
    [0.1, () => `${own}${"z".repeat(900_000)}`],
    [1, () => ({ id: own })],
    [1, () => [own]],
  )();
}

/**
 * Links that must not be followed or shown. The Worker refuses each one, because it would try an unreachable host for a
 * day. `origin` is the origin of this service.
 */
export function oddLink(dice: Dice, origin: string): unknown {
  return dice.weigh<() => unknown>(
    [1, () => oddValue(dice)],
    [
      3,
      () =>
        dice.pick([
          "javascript:alert(1)",
          "JavaScript:alert(1)//.mp4",
          "data:video/mp4;base64,AAAAIGZ0eXBpc29t",
          "file:///etc/passwd",
          "ftp://127.0.0.1/v.mp4",
          "http://10.0.0.1/v.mp4",
          "http://169.254.169.254/latest/meta-data",
          "http://[fd00::1]/v.mp4",
          "http://0xa.1.1/v.mp4\u0000",
          "https://user:password@127.0.0.1/v.mp4",
          "https://metadata.google.internal/v.mp4",
          "//127.0.0.1/v.mp4",
          "/files/v.mp4",
          "http://",
          "https://\ud83d/v.mp4",
          "http://127.0.0.1:99999/v.mp4",
          " http://10.0.0.1/v.mp4",
          `${origin}/v1/generations`,
        ]),
    ],
  )();
}

/** Header values that Node accepts. */
export function oddHeaders(dice: Dice, longestWaitSeconds: number): Record<string, string> {
  const headers: Record<string, string> = {};
  const number = () =>
    dice.pick([
      "1",
      "0",
      "-1",
      "1e3",
      "0x10",
      "1,5",
      " 7 ",
      "NaN",
      "Infinity",
      "9".repeat(400),
      "12 credits",
      "",
      "\u00ff",
    ]);
  if (dice.odds(0.3)) {
    headers["retry-after"] = dice.pick([
      "0",
      "1",
      "0.5",
      "-5",
      "soon",
      "1e9",
      "0x5",
      "Fri, 31 Dec 1999 23:59:59 GMT",
      "Friday, 31-Dec-99 23:59:59 GMT",
      "Fri Dec 31 23:59:59 1999",
      "1999-12-31",
      "",
      String(dice.int(0, longestWaitSeconds)),
      ...(longestWaitSeconds > 60 ? ["40.5", "9".repeat(30), "Fri, 31 Dec 2100 23:59:59 GMT"] : []),
    ]);
  }
  if (dice.odds(0.3))
    headers["x-inference-id"] = dice.pick(["", " ", "null", "\u00ff\u00fe", "i".repeat(4_000), "a,b", "%"]);
  if (dice.odds(0.3)) headers["x-aimlapi-credits-used"] = number();
  if (dice.odds(0.2)) headers["x-aimlapi-usd-spent"] = number();
  if (dice.odds(0.2)) headers["x-large"] = "h".repeat(dice.pick([10, 1_000, 15_000]));
  if (dice.odds(0.2)) headers["set-cookie"] = "a=b; Path=/";
  if (dice.odds(0.3)) {
    headers["content-type"] = dice.pick([
      "text/html",
      "text/event-stream",
      "application/octet-stream",
      "application/json; charset=utf-16",
      "application/json; charset=nonsense",
      "multipart/form-data",
      "",
      "\u00ff",
    ]);
  }
  return headers;
}
