// What `npm run dev` makes of the lines that wrangler prints.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { DevLog } from "../../../scripts/dev/log.ts";
import { SourceNames } from "../../../scripts/dev/source-names.ts";
import { WranglerLines } from "../../../scripts/dev/wrangler-lines.ts";

const NOON = new Date(2026, 10, 27, 12, 0, 0).getTime();

function shown(
  lines: readonly (string | object)[],
  before: (log: DevLog) => void = () => {},
  hasColors = false,
): string {
  let output = "";
  const write = (text: string) => {
    output += text;
  };
  const log = new DevLog({ write, hasColors, now: () => NOON });
  before(log);
  output = "";
  const reader = new WranglerLines(log, new SourceNames("/nowhere"));
  for (const line of lines) reader.take(typeof line === "string" ? line : JSON.stringify(line));
  return output;
}

const request = { event: "request", request_id: "r", method: "POST", path: "/v1/generations", status: 202, ms: 34 };

describe("the log of npm run dev", () => {
  it("has one line for each request", () => {
    expect(shown([request, "[wrangler:info] POST /v1/generations 202 Accepted (39ms)"])).toBe(
      "12:00:00  POST /v1/generations  202  34 ms\n",
    );
    expect(shown([{ ...request, status: 400, code: "invalid_request" }])).toBe(
      "12:00:00  POST /v1/generations  400 invalid_request  34 ms\n",
    );
  });

  it("has no line for the pages, for the inbox, and for its own requests", () => {
    const get = (path: string) => ({ ...request, method: "GET", path, status: 200 });
    const own = get("/v1/webhook-secret");
    const lines = [get("/"), get("/dev/inbox"), "[wrangler:info] GET /dashboard/main.js 200 OK (4ms)", own];
    expect(shown(lines, (log) => log.hide("GET", own.path))).toBe("");
    expect(shown([own, own], (log) => log.hide("GET", own.path)).split("\n").length).toBe(2);
    const failed = { ...get("/dev/inbox"), status: 503 };
    expect(shown([failed])).toContain("GET /dev/inbox  503");
  });

  it("has a short line for other events", () => {
    const ended = {
      event: "generation.ended",
      id: "gen_1",
      account: "dev",
      ms: 25_100,
      status: "completed",
      error: null,
    };
    const attempt = { event: "attempt.ended", id: "gen_1", delivery: "msg_1", account: "dev", status: 500, ms: 12 };
    expect(
      shown([
        ended,
        { ...ended, status: "failed", error: "moderated" },
        attempt,
        { event: "misconfigured", settings: "X" },
      ]),
    ).toBe(`12:00:00  generation.completed  gen_1  25.1 s
12:00:00  generation.failed  gen_1  moderated  25.1 s
12:00:00  delivery  gen_1  500  12 ms
12:00:00  misconfigured  settings X
`);
  });

  it("tells of a callback to the inbox once", () => {
    const attempt = { event: "attempt.ended", id: "gen_1", delivery: "msg_1", status: 204, ms: 12 };
    const line = { id: "msg_1", type: "generation.completed", generation: "gen_1", reason: null };
    expect(shown([attempt], (log) => log.callback(line))).toBe("");
    expect(shown([attempt])).toContain("delivery  gen_1  204");
  });

  it("shows an error with its stack, and leaves out the empty lines after it", () => {
    const crashed = JSON.stringify({
      event: "request.crashed",
      request_id: "r1",
      error: "Error: boom\n    at a.js:1:2",
    });
    expect(
      shown([`\x1b[31m✘ [ERROR] ${crashed}\x1b[0m`, "", "", "next"]),
    ).toBe(`12:00:00  request.crashed  request_id r1
          Error: boom
              at a.js:1:2
next
`);
  });

  it("passes on what a build prints, but not the steps of a start or wrangler's dump of a failed process", () => {
    const build = ['\x1b[31m[custom build]\x1b[39m ✘ [ERROR] Unexpected ";"', "src/dashboard/main.tsx:11:10:", ""];
    const end = "✘ [ERROR] Running custom build `npm run --silent assets` failed.";
    const lines = [
      "[custom build] Running: npm run --silent assets",
      "Your Worker has access to the following bindings:",
      "env.ASSETS   Assets   local",
      "",
      "⎔ Starting local server...",
      ...build,
      "✘ [ERROR] k [Error]: Process exited with non-zero status (1)",
      "    result: I {",
      end,
    ];
    expect(shown(lines, undefined, true)).toBe([...build, end, ""].join("\n"));
    expect(shown(lines)).toBe([...build, end, ""].map(stripVTControlCharacters).join("\n"));
  });

  it("colors lines on a terminal only, and never lets a caller control the terminal", () => {
    const path = "/v1/\x1b[2J\u0007";
    expect(shown([{ ...request, path }])).toBe("12:00:00  POST /v1/   202  34 ms\n");
    const esc = "\x1b";
    const colored = shown([{ ...request, path }], undefined, true);
    expect(colored).toContain(`${esc}[32m202${esc}[39m`);
    expect(colored).not.toContain(`${esc}[2J`);
  });
});

describe("a stack", () => {
  it("names the places in the sources, if the bundle has a source map", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reelhook-test-"));
    try {
      const source = join(folder, "src/fails.ts");
      const bundle = join(folder, "dist/index.js");
      const code = "export function fails(): never {\n  throw new Error('boom');\n}\nfails();\n";
      await build({
        stdin: { contents: code, sourcefile: source, loader: "ts" },
        outfile: bundle,
        sourcemap: true,
        minify: true,
      });
      const thrown = await import(bundle).catch((cause: Error) => cause.stack);
      const names = new SourceNames(folder);
      expect(names.inStack(thrown.replaceAll(/at (.*?)\(?(\/\S+)/g, "at $1file://$2"))).toContain("src/fails.ts:2:9");
      writeFileSync(`${bundle}.map`, "no JSON");
      const place = `    at file://${bundle}:1:2`;
      expect(names.inStack(place)).toBe(place);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
