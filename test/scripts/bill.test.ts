import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../../scripts/bill/run.ts";

const KEYS = { acme: "rh_live_acme_0123456789", brook: "rh_live_brook_0123456789" };
const PROVIDER_KEY = "provider-key-0123456789";
const NOW = Date.parse("2026-12-20T12:00:00Z");
const ALEPH = "runway/gen4_aleph";
const TURBO = "runway/gen4_turbo";

interface Account {
  readonly name: string;
  readonly mode: string;
  readonly usage: readonly object[];
  readonly generations: readonly object[];
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What both sides answer, and the requests that they have received. */
let accounts: Record<string, Account>;
let log: unknown[];
/** Answers to the next calls of a path, in place of the usual ones. */
let next: Record<string, Answer[]>;
let pagination: object | null;
/** Most rows on a page of the log. */
let mostRows: number;
let asked: { readonly path: string; readonly query: URLSearchParams; readonly key: string }[];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  [accounts, log, next, pagination, asked] = [{}, [], {}, null, []];
  mostRows = 100;
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname: path, searchParams: query } = new URL(request.url ?? "", url);
  const key = (request.headers.authorization ?? "").replace("Bearer ", "");
  asked.push({ path, query, key });
  const { status, headers = {}, body } = next[path]?.shift() ?? usualAnswer(path, query, key);
  response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
}

function usualAnswer(path: string, query: URLSearchParams, key: string): Answer {
  if (path === "/v2/logs")
    return key === PROVIDER_KEY ? logPage(query) : { status: 401, body: { message: `no ${key}` } };
  const account = accounts[key];
  if (account === undefined) return { status: 401, body: { code: "unauthorized", detail: "Unknown API key." } };
  switch (path) {
    case "/v1/account":
      return { status: 200, body: { object: "account", name: account.name, mode: account.mode } };
    case "/v1/usage":
      return { status: 200, body: { object: "list", data: account.usage, total: {}, budget: null } };
    default: {
      const from = Number(query.get("cursor") ?? 0);
      const to = from + Number(query.get("limit"));
      const next_cursor = to < account.generations.length ? String(to) : null;
      const data = account.generations.slice(from, to);
      return { status: 200, body: { object: "list", data, has_more: next_cursor !== null, next_cursor } };
    }
  }
}

function logPage(query: URLSearchParams): Answer {
  const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
  const [total, has_more] = [log.length, offset + limit < log.length];
  const page = pagination ?? { limit, offset, total, has_more };
  const to = offset + Math.min(limit, mostRows);
  return { status: 200, body: { data: log.slice(offset, to), pagination: page } };
}

/** An id of a generation. Ids do not have the letters i, l, o and u. */
const idOf = (name: string) => `gen_${name.replace(/[ilou]/g, "z").padStart(26, "0")}`;

function listed(name: string, created_at: string, usd: number | null, model = ALEPH) {
  const usage = usd === null ? null : { credits: null, usd };
  return { id: idOf(name), object: "generation", status: "completed", model, created_at, estimate: { usd }, usage };
}

let requests = 0;

/** A row of the provider's log about the generation. */
function logged(name: string, createdAt: string, usd: unknown, more: object = {}) {
  return {
    created: createdAt,
    status: "succeeded",
    model: ALEPH,
    cost: { usd, credits: 1 },
    request_id: `request-${++requests}`,
    inference_id: `job-${name}`,
    client_request_id: `${idOf(name)}.${Date.parse(createdAt).toString(36)}.1`,
    ...more,
  };
}

function used(day: string, usd: number, generations = 1, model = ALEPH) {
  return { day, model, generations, completed: generations, failed: 0, canceled: 0, credits: 0, usd, bytes: 0 };
}

function account(name: string, usage: readonly object[], generations: readonly object[] = [], mode = "live"): Account {
  return { name, mode, usage, generations };
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly error: string;
  readonly slept: number[];
}

/** Runs the command in a world in which time only passes while it sleeps. */
async function bill(args: readonly string[], env: Record<string, string> = {}): Promise<Result> {
  let [now, out, error] = [NOW, "", ""];
  const slept: number[] = [];
  const code = await run(args, {
    fetch: (...asked) => fetch(...asked),
    now: () => now,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
    env: {
      REELHOOK_URL: url,
      REELHOOK_API_KEYS: Object.keys(accounts).join(","),
      AIMLAPI_KEY: PROVIDER_KEY,
      AIMLAPI_BASE_URL: url,
      ...env,
    },
    print: (text) => {
      out += text;
    },
    printError: (text) => {
      error += text;
    },
    showProgress() {},
  });
  for (const secret of [...Object.values(KEYS), PROVIDER_KEY]) expect(out + error).not.toContain(secret);
  return { code, out, error, slept };
}

async function json(month = "2026-11") {
  const { code, out } = await bill([month, "--json"]);
  return { code, ...JSON.parse(out) };
}

describe("npm run bill", () => {
  it("agrees if both sides have the same sums, and prints them by day and model", async () => {
    accounts = {
      [KEYS.acme]: account("acme", [used("2026-11-02", 1.5, 2), used("2026-11-02", 0.000_3, 3, TURBO)]),
      [KEYS.brook]: account("brook", [used("2026-11-02", 0.75), used("2026-11-30", 0.1)]),
    };
    log = [
      logged("a", "2026-11-02T00:00:00Z", 0.75),
      logged("b", "2026-11-02T23:59:59.999Z", "0.75"),
      // Dollars as floating-point numbers: 0.0001 three times is not 0.0003.
      ...["c", "d", "e"].map((name) => logged(name, "2026-11-02T01:00:00Z", 0.000_1, { model: TURBO })),
      logged("f", "2026-11-02T02:00:00Z", 0.75),
      // Accepted in November, and submitted in December.
      logged("g", "2026-11-30T23:59:00Z", 0.1, { created: "2026-12-03T00:00:00Z" }),
      logged("h", "2026-10-31T23:59:59Z", 5),
      logged("i", "2026-12-01T00:00:00Z", 5),
      logged("j", "2026-11-02T03:00:00Z", 9, { client_request_id: "another-program" }),
      logged("k", "2026-11-02T03:00:00Z", 9, { client_request_id: null }),
    ];
    const { code, out, error } = await bill(["2026-11"]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(out).toBe(`2026-11, accounts acme, brook. Days are days of acceptance in UTC.

day         model              generations  Reelhook  provider  difference
2026-11-02  runway/gen4_aleph            3     $2.25     $2.25
2026-11-02  runway/gen4_turbo            3   $0.0003   $0.0003
2026-11-30  runway/gen4_aleph            1     $0.10     $0.10
total                                    7   $2.3503   $2.3503

The provider's log has 11 rows: 2 not from Reelhook, 2 of generations accepted in other months.

Reelhook and the provider's log agree.`);
    const usage = asked.filter(({ path }) => path === "/v1/usage");
    expect(usage.map(({ query, key }) => [String(query), key])).toEqual(
      Object.values(KEYS).map((key) => ["from=2026-11-01&to=2026-11-30&group_by=day%2Cmodel", key]),
    );
    const [read] = asked.filter(({ path }) => path === "/v2/logs");
    expect(read?.query.get("start")).toBe("2026-10-31T23:50:00.000Z");
    expect(read?.query.get("end")).toBe("2026-12-09T00:00:00.000Z");
    expect(asked.some(({ path }) => path === "/v1/generations")).toBe(false);
  });

  it("names the generations that differ, and why", async () => {
    const at = "2026-11-03T10:00:00.000Z";
    accounts = {
      [KEYS.acme]: account(
        "acme",
        [used("2026-11-03", 3.25, 6), used("2026-11-04", 1)],
        [
          listed("later", "2026-12-01T00:00:00.000Z", 8),
          listed("same", at, 1),
          listed("more", at, 0.5),
          listed("unstated", at, null),
          listed("missing", at, 1),
          // Its price is not in the log, and it has none here: a failure.
          listed("free", at, null),
          listed("fine", "2026-11-04T10:00:00.000Z", 1),
          listed("before", "2026-10-31T00:00:00.000Z", 8),
        ],
      ),
    };
    log = [
      logged("same", at, 1),
      logged("more", at, 0.25),
      logged("more", at, 0.5, { request_id: "another" }),
      logged("unstated", at, 0.3),
      logged("gone", at, 0.75),
      logged("stranger", at, 0.2),
      logged("fine", "2026-11-04T10:00:00.000Z", 1),
    ];
    const common = { day: "2026-11-03", model: ALEPH };
    const differing_generations = [
      { id: idOf("more"), status: "completed", reelhook_usd: 0.5, provider_usd: 0.75, reason: "prices differ" },
      {
        id: idOf("unstated"),
        status: "completed",
        reelhook_usd: null,
        provider_usd: 0.3,
        reason: "no price in Reelhook",
      },
      {
        id: idOf("missing"),
        status: "completed",
        reelhook_usd: 1,
        provider_usd: null,
        reason: "not in the provider's log",
      },
      { id: idOf("gone"), status: null, reelhook_usd: null, provider_usd: 0.75, reason: "not listed by Reelhook" },
      { id: idOf("stranger"), status: null, reelhook_usd: null, provider_usd: 0.2, reason: "not listed by Reelhook" },
    ].map((each) => ({ ...common, ...each }));
    expect(await json()).toMatchObject({
      code: 1,
      agrees: false,
      data: [
        { ...common, generations: 6, reelhook_usd: 3.25, provider_usd: 3, difference_usd: -0.25 },
        { day: "2026-11-04", reelhook_usd: 1, provider_usd: 1, difference_usd: 0 },
      ],
      total: { generations: 7, reelhook_usd: 4.25, provider_usd: 4, difference_usd: -0.25 },
      differing_generations,
    });
    const { code, out } = await bill(["2026-11"]);
    expect(code).toBe(1);
    expect(out).toContain("Reelhook and the provider's log differ.");
    expect(out).toContain(
      `  2026-11-03  ${ALEPH}  ${idOf("unstated")} (completed): no price in Reelhook; Reelhook none, provider $0.30\n`,
    );
    expect(out).toContain(`${idOf("gone")}: not listed by Reelhook; Reelhook none, provider $0.75\n`);
    expect(out).toContain("What can explain a difference:");
    expect(out).not.toContain("The month is not over");
  });

  it("does not name deleted generations if Reelhook has counted the same amount as the log", async () => {
    const at = "2026-11-03T10:00:00.000Z";
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 1.5, 3)], [listed("a", at, null)]) };
    log = [logged("a", at, 0.5), logged("gone", at, 1), logged("gone too", at, 9, { client_request_id: "x" })];
    log.push(logged("gone2", at, 0.5));
    const { differing_generations } = await json();
    expect(differing_generations).toEqual([expect.objectContaining({ id: idOf("a"), reason: "no price in Reelhook" })]);
  });

  it("finds a generation whose model the log spells differently", async () => {
    const at = "2026-11-03T10:00:00.000Z";
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 1.5, 2)], [listed("a", at, 1)]) };
    log = [logged("a", at, 1, { model: "gen4_aleph" }), logged("gone", at, 0.5, { model: "gen4_aleph" })];
    expect(await json()).toMatchObject({ code: 0, agrees: true, data: [{ model: ALEPH, provider_usd: 1.5 }] });
  });

  it("reads every page of the log at the provider's pace, and counts a row on two of them once", async () => {
    const at = "2026-11-03T10:00:00Z";
    const repeated = logged("a", at, 0.5);
    const { request_id: _, ...withoutId } = logged("b", at, 0.25);
    log = [
      ...Array.from({ length: 199 }, (_, row) => ({ request_id: `foreign-${row}` })),
      withoutId,
      repeated,
      withoutId,
    ];
    log.push(...Array.from({ length: 100 }, (_, row) => ({ request_id: `more-${row}` })), repeated, logged("c", at, 1));
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 1.75, 3)]) };
    const { code, slept, out } = await bill(["2026-11"]);
    expect(code).toBe(2);
    expect(slept).toEqual([310, 310, 310]);
    const reads = asked.filter(({ path }) => path === "/v2/logs");
    expect(reads.map(({ query }) => query.get("offset"))).toEqual(["0", "100", "200", "300"]);
    expect(new Set(reads.map(({ query }) => query.get("end"))).size).toBe(1);
    // Two of the 304 rows are repeated.
    expect(out).toContain("The provider's log has 302 rows: 299 not from Reelhook.");
    expect(out).toContain("It says that it has 304 rows.");
    expect(out).toContain("Not all of the provider's log was read. Run the command again.");
  });

  it("reads on after a page that is not full if the log says that it has more rows", async () => {
    const at = "2026-11-03T10:00:00Z";
    pagination = { total: 3 };
    log = [logged("a", at, 1), logged("b", at, 1), logged("c", at, 1)];
    mostRows = 2;
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 2, 3)]) };
    expect(await json()).toMatchObject({ code: 1, log: { rows: 3, expected_rows: null }, data: [{ provider_usd: 3 }] });
  });

  it("ends at a page that is not full if the log does not say whether there is more", async () => {
    pagination = {};
    log = Array.from({ length: 150 }, (_, row) => ({ request_id: `foreign-${row}` }));
    accounts = { [KEYS.acme]: account("acme", []) };
    expect(await json()).toMatchObject({ code: 0, log: { rows: 150, expected_rows: null } });
    expect(asked.filter(({ path }) => path === "/v2/logs")).toHaveLength(2);
  });

  it("reads rows that have failed, have no price, or are malformed", async () => {
    const at = "2026-11-03T10:00:00Z";
    log = [
      logged("a", at, 0, { status: "failed" }),
      logged("b", at, undefined, { status: "failed", cost: null }),
      // Charged in spite of its status.
      logged("c", at, 0.5, { status: "failed" }),
      logged("d", at, undefined, { cost: undefined }),
      logged("e", at, -1),
      logged("f", at, "free"),
      logged("g", at, 0.25, { model: 5 }),
      { ...logged("h", at, 1), client_request_id: `${idOf("h")}.!.1` },
      null,
      "text",
      [],
      {},
    ];
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 0.5, 7)]) };
    expect(await json()).toMatchObject({
      code: 1,
      data: [
        { model: ALEPH, provider_usd: 0.5, difference_usd: 0 },
        { model: "unknown", provider_usd: 0.25 },
      ],
      log: { rows: 12, foreign: 2, without_price: 3, unreadable: 3 },
    });
    const { out } = await bill(["2026-11"]);
    expect(out).toContain("3 rows of Reelhook's generations without a readable price, counted as $0.");
  });

  it("follows the list of generations page by page, until the month before", async () => {
    const at = "2026-11-03T10:00:00.000Z";
    const many = (count: number, day: string) =>
      Array.from({ length: count }, (_, row) => listed(`${day}x${row}`, `2026-${day}T00:00:00.000Z`, 1));
    const generations = [...many(150, "12-05"), listed("a", at, 0.5), ...many(150, "10-05")];
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 0.5)], generations) };
    log = [logged("a", at, 0.25)];
    const { differing_generations } = await json();
    expect(differing_generations).toMatchObject([{ id: idOf("a"), reason: "prices differ" }]);
    const pages = asked.filter(({ path }) => path === "/v1/generations");
    expect(pages.map(({ query }) => query.get("cursor"))).toEqual([null, "100"]);
  });

  it("says that the month is not over", async () => {
    accounts = { [KEYS.acme]: account("acme", [used("2026-12-20", 1)]) };
    const { code, out } = await bill(["2026-12"]);
    expect(code).toBe(1);
    expect(out).toContain("The month is not over");
    expect(asked.find(({ path }) => path === "/v2/logs")?.query.get("end")).toBe("2026-12-20T12:10:00.000Z");
  });

  it("removes control characters from texts of the log", async () => {
    accounts = { [KEYS.acme]: account("acme", []) };
    log = [logged("a", "2026-11-03T10:00:00Z", 1, { model: "a\u001b[2Jb" })];
    const { out } = await bill(["2026-11"]);
    expect(out).toContain("a [2Jb");
    expect(out).not.toContain("\u001b");
  });

  it("waits as long as Retry-After says, and repeats calls that failed for now", async () => {
    accounts = { [KEYS.acme]: account("acme", []) };
    next = {
      "/v2/logs": [{ status: 429, headers: { "retry-after": "7" } }, { status: 429 }, { status: 502, body: "<html>" }],
      "/v1/usage": [{ status: 500 }],
    };
    const { code, slept } = await bill(["2026-11"]);
    expect(code).toBe(0);
    expect(slept).toEqual([1_000, 7_000, 2_000, 4_000]);
  });

  it.each<[string, Record<string, Answer[]>, string]>([
    [
      "a wait of hours",
      { "/v2/logs": [{ status: 429, headers: { "retry-after": "7200" } }] },
      "GET HOST/v2/logs: status 429. Try again in 120 minutes.",
    ],
    ["an overload without end", { "/v2/logs": Array(5).fill({ status: 503 }) }, "GET HOST/v2/logs: status 503."],
    [
      "a refused provider key",
      { "/v2/logs": [{ status: 401, body: { message: `Bad key ${PROVIDER_KEY}.` } }] },
      "GET HOST/v2/logs: status 401 (Bad key [API key]). Check AIMLAPI_KEY.",
    ],
    [
      "a refused key of Reelhook",
      { "/v1/account": [{ status: 401, body: { code: "unauthorized", detail: "Unknown API key." } }] },
      "GET HOST/v1/account: status 401 (Unknown API key). Check key 1 in REELHOOK_API_KEYS.",
    ],
    [
      "an older release",
      { "/v1/usage": [{ status: 404, body: { code: "not_found", detail: "There is no such path." } }] },
      "GET HOST/v1/usage: status 404 (There is no such path).",
    ],
    [
      "a redirect",
      { "/v2/logs": [{ status: 302, headers: { location: "/elsewhere" } }] },
      "GET HOST/v2/logs: status 302.",
    ],
    [
      "a page that is not JSON",
      { "/v2/logs": [{ status: 200, body: "<html>" }] },
      "GET HOST/v2/logs: the answer is not JSON.",
    ],
    [
      "a log without rows",
      { "/v2/logs": [{ status: 200, body: { rows: [] } }] },
      "GET /v2/logs of the provider: the answer is not a page of its log.",
    ],
    [
      "another service",
      { "/v1/account": [{ status: 200, body: {} }] },
      "GET /v1/account of REELHOOK_URL: unexpected answer.",
    ],
    [
      "unreadable usage",
      { "/v1/usage": [{ status: 200, body: { data: [{ day: "2026-11-01", model: ALEPH }] } }] },
      "GET /v1/usage of REELHOOK_URL: unexpected answer.",
    ],
  ])("exits with 2 on %s", async (_, answers, message) => {
    accounts = { [KEYS.acme]: account("acme", []) };
    next = answers;
    const { code, out, error } = await bill(["2026-11"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message.replace("HOST", new URL(url).host));
  });

  it("exits with 2 if the host cannot be reached", async () => {
    accounts = { [KEYS.acme]: account("acme", []) };
    const { code, error, slept } = await bill(["2026-11"], { AIMLAPI_BASE_URL: "http://127.0.0.1:1" });
    expect(code).toBe(2);
    expect(error).toMatch(/^GET 127\.0\.0\.1:1\/v2\/logs: .+\.$/);
    expect(slept).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it.each<[string, Record<string, Account>, string]>([
    ["in test mode", { [KEYS.acme]: account("acme", [], [], "test") }, "key 1 in REELHOOK_API_KEYS is in test mode"],
    [
      "of the same account",
      { [KEYS.acme]: account("acme", []), [KEYS.brook]: account("acme", []) },
      "key 1 in REELHOOK_API_KEYS and key 2 in REELHOOK_API_KEYS belong to the same account, acme.",
    ],
  ])("exits with 2 on keys %s", async (_, both, message) => {
    accounts = both;
    const { code, error } = await bill(["2026-11"]);
    expect(code).toBe(2);
    expect(error).toContain(message);
  });

  it.each<[readonly string[], Record<string, string>, string]>([
    [[], {}, "Usage: npm run bill -- <month> [--json]"],
    [["2026-13"], {}, "Usage:"],
    [["November"], {}, "Usage:"],
    [["2026-11", "2026-12"], {}, "Usage:"],
    [["2026-11", "--nonsense"], {}, "Usage:"],
    [["2027-01"], {}, "2027-01 has not started yet."],
    [["2026-11"], { REELHOOK_URL: "" }, "REELHOOK_URL is not set."],
    [["2026-11"], { REELHOOK_API_KEYS: " , " }, "REELHOOK_API_KEYS is not set."],
    [["2026-11"], { AIMLAPI_KEY: "" }, "AIMLAPI_KEY is not set."],
    [["2026-11"], { REELHOOK_API_KEYS: "rh_test_acme_0123456789" }, "key 1 in REELHOOK_API_KEYS is in test mode"],
    [["2026-11"], { REELHOOK_URL: "http://reelhook.example.com" }, "REELHOOK_URL must be an https: URL"],
    [["2026-11"], { AIMLAPI_BASE_URL: "ftp://x" }, "AIMLAPI_BASE_URL must be an https: URL"],
  ])("exits with 2 on wrong usage: %j %j", async (args, env, message) => {
    accounts = { [KEYS.acme]: account("acme", []) };
    const { code, out, error } = await bill(args, env);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message);
    expect(asked).toEqual([]);
  });

  it("runs as a command", async () => {
    accounts = { [KEYS.acme]: account("acme", [used("2026-11-03", 1)]) };
    log = [logged("a", "2026-11-03T10:00:00Z", 1)];
    const env = { ...process.env, REELHOOK_URL: url, REELHOOK_API_KEYS: KEYS.acme, AIMLAPI_KEY: PROVIDER_KEY };
    const script = join(import.meta.dirname, "../../scripts/bill.ts");
    const child = spawn(process.execPath, [script, "2026-11", "--json"], { env: { ...env, AIMLAPI_BASE_URL: url } });
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, agrees: JSON.parse(out).agrees }).toEqual({ code: 0, agrees: true });
  });
});
