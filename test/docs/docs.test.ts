// Checks the claims of the documentation against the code.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { costsPage } from "../../bench/cost.ts";
import counts from "../../bench/counts.json" with { type: "json" };
import { scalePage } from "../../bench/scale/page.ts";
import { parseConfig } from "../../src/config.ts";
import { CUSTOM_HEADERS } from "../../src/contract/custom-headers.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { PROBLEMS } from "../../src/contract/problems.ts";
import { usageSchema } from "../../src/contract/usage.ts";
import { ERROR_CODES, SANDBOX_SCRIPTS } from "../../src/contract/words.ts";
import { budgetOf } from "../../src/core/money/budgets.ts";
import { formatSecret, hmacSigner, signatureHeader } from "../../src/webhooks/signature.ts";
import { startCommand } from "../support/running-command.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** The sources of all tests. */
function testSources(): string {
  return readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => read(join("test", name)))
    .join("");
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsIn(file: string): Set<string> {
  const text = read(file).replace(/^ *```.*?^ *```$/gms, "");
  return new Set(
    Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** An example of a receiver, which imports the source of the package: it may not be built. */
function receiver(file: string): string {
  const code = /```js\n(.*?)```/s.exec(read(file))?.[1];
  if (code === undefined) throw new Error(`no example of a receiver in ${file}`);
  return code.replace("reelhook/webhooks", join(ROOT, "packages/reelhook/src/webhooks/index.ts"));
}

/** A signed callback, and a forged body that its signature does not match. */
async function callback() {
  const key = crypto.getRandomValues(new Uint8Array(32)).buffer;
  const body = '{"type":"generation.completed","data":{"id":"gen_1"}}';
  const signed = { id: "msg_1", timestamp: Math.floor(Date.now() / 1000), body };
  const headers = {
    "webhook-id": signed.id,
    "webhook-timestamp": String(signed.timestamp),
    "webhook-signature": `v1,${"A".repeat(43)}= ${await signatureHeader([hmacSigner(key)], signed)}`,
  };
  return { secret: formatSecret(key), body, forged: body.replace("completed", "failed"), headers };
}

describe("docs/costs.md", () => {
  it("is up to date with the counts and prices", () => {
    const page = read("docs/costs.md");
    expect(page).toBe(costsPage(page));
  });

  it("has examples that Reelhook accepts and answers", () => {
    const page = read("docs/costs.md");
    const [, budgets = ""] = /^BUDGETS = '(.*)'$/m.exec(page) ?? [];
    const parsed = parseConfig({ BUDGETS: budgets }).budgets;
    expect(budgetOf(parsed, "acme")).toEqual({ day: 50_000_000, month: 500_000_000 });
    expect(budgetOf(parsed, "brook")).toEqual({ day: null, month: 100_000_000 });
    const [, refusal, usage] = Array.from(page.matchAll(/```json\n(.*?)```/gs), ([, text = ""]) => text);
    expect(problemSchema.parse(JSON.parse(refusal ?? ""))).toMatchObject({ code: "budget_exceeded", status: 402 });
    expect(usageSchema.parse(JSON.parse(usage ?? ""))).toMatchObject({ data: [{ usd: 0.75 }] });
  });
});

describe("docs/plans.md", () => {
  it("computes what the free plan bears from the counts", () => {
    const rows = Array.from(
      read("docs/plans.md").matchAll(/^\| (.+?) \| ([\d,]+)( GB)? \| ([\d.]+)( MB| kB)? \(.*?\) \| ([\d,]+) /gm),
      ([, name = "", amount = "", isGigabytes, use = "", unit, most = ""]) => {
        const [limit, bears] = [amount, most].map((text) => Number(text.replaceAll(",", "")));
        const perGeneration = Number(use) / (unit === " MB" ? 1_000 : unit === " kB" ? 1_000_000 : 1);
        expect([name, Math.floor((limit ?? 0) / perGeneration)]).toEqual([name, bears]);
        expect(isGigabytes !== undefined).toBe(unit !== undefined);
        return [name.split(/ by|,| of/)[0], Number(use)];
      },
    );
    expect(rows).toHaveLength(6);
    expect(Object.fromEntries(rows.slice(0, 3))).toEqual({
      "rows written": counts.rows_written,
      "requests to Durable Objects": counts.object_requests,
      "GB-s": Number(/GB-s: awake for .* \| ([\d.]+) \|/.exec(read("docs/costs.md"))?.[1]),
    });
  });
});

describe("docs/scale.md", () => {
  it("is up to date with the counts, the limits and the simulations", () => {
    expect(read("docs/scale.md")).toBe(scalePage());
  });
});

describe("the README", () => {
  it("has a receiver that accepts genuine callbacks and refuses forged ones", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reelhook-example-"));
    const { secret, body, forged, headers } = await callback();
    const saysPort = 'listen(0, function () { console.log("port", this.address().port); })';
    writeFileSync(join(folder, "receiver.mjs"), receiver("README.md").replace("listen(3000)", saysPort));
    const started = startCommand(process.execPath, [join(folder, "receiver.mjs")], { WEBHOOK_SECRET: secret });
    try {
      await started.shows(/^port \d+$/m);
      const url = `http://127.0.0.1:${/port (\d+)/.exec(started.output())?.[1]}`;
      const post = async (text: string) => (await fetch(url, { method: "POST", body: text, headers })).status;
      expect([await post(body), await post(forged)]).toEqual([204, 400]);
      await started.shows(/^verified: generation.completed gen_1\nrefused: no_matching_signature$/m);
    } finally {
      started.child.kill();
      rmSync(folder, { recursive: true });
    }
  });

  it("has the receiver of the quick start", () => {
    expect(receiver("docs/quickstart.md")).toBe(receiver("README.md"));
  });

  it("has fewer than 110 lines", () => {
    expect(read("README.md").split("\n").length).toBeLessThan(110);
  });
});

describe("the documentation", () => {
  it("lists every setting", () => {
    const settings = [...read("src/config.ts").matchAll(/^ {2}([A-Z_]+): \{ schema/gm)].map(([, name]) => name);
    expect(settings.length).toBeGreaterThan(10);
    const documented = [...read("docs/configuration.md").matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(settings.sort());
  });

  it("lists every script of the sandbox", () => {
    const documented = [...read("docs/configuration.md").matchAll(/^\| `\[([a-z-]+)\]`/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual([...SANDBOX_SCRIPTS].sort());
  });

  it("lists every custom header that an endpoint may set", () => {
    const [, section = ""] = read("docs/webhooks.md").split("## Custom headers");
    const rows =
      section
        .split("\n## ")[0]
        ?.match(/^\| .*`.* \|$/gm)
        ?.slice(0, -1) ?? [];
    const names = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(names.sort()).toEqual([...CUSTOM_HEADERS].sort());
  });

  it("explains every problem and every error of a generation", () => {
    const section = (title: string) => read("docs/errors.md").split(`## ${title}`)[1]?.split("\n## ")[0] ?? "";
    const problems = [...section("Problem codes").matchAll(/^\| `(\w+)` (\d+) \|/gm)];
    expect(problems.map(([, code, status]) => [code, Number(status)])).toEqual(
      Object.entries(PROBLEMS).map(([code, [status]]) => [code, status]),
    );
    const errors = [...section("Generation errors").matchAll(/^\| `(\w+)` \|/gm)];
    expect(errors.map(([, code]) => code)).toEqual(ERROR_CODES);
  });

  it("has a test for each row of the fault table", () => {
    const rows = [...read("docs/reliability.md").matchAll(/^\| (\d+) \|/gm)].map(([, row]) => Number(row));
    expect(rows).toEqual(Array.from({ length: 108 }, (_, at) => at + 1));
    const tests = testSources();
    const named = new Set([...tests.matchAll(/"fault (\d+):/g)].map(([, row]) => Number(row)));
    // One test covers two rows: a crash and an eviction after the POST.
    if (tests.includes("it.each([35, 41])")) for (const row of [35, 41]) named.add(row);
    expect(rows.filter((row) => !named.has(row))).toEqual([]);
  });

  it("has a test for each row of the table of attacks", () => {
    const rows = [...read("docs/security.md").matchAll(/^\| (\d+) \|/gm)].map(([, row]) => Number(row));
    expect(rows).toEqual(Array.from({ length: 22 }, (_, at) => at + 1));
    const named = new Set([...testSources().matchAll(/"audit (\d+): /g)].map(([, row]) => Number(row)));
    expect(rows.filter((row) => !named.has(row))).toEqual([]);
  });

  it("audit 16: tells operators to let inputs of broken-off requests expire after eight days", () => {
    const command = /npx wrangler r2 bucket lifecycle add\s+reelhook-videos inputs inputs\/ --expire-days 8\b/;
    expect(read("docs/deploying.md")).toMatch(command);
    expect(read("docs/storage.md")).toMatch(command);
  });

  it("links only to files and headings that exist", () => {
    const examples = readdirSync(join(ROOT, "examples")).map((name) => join("examples", name));
    const folders = ["docs", "docs/adr", "packages/reelhook", ...examples];
    const inFolders = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder)).flatMap((name) => (name.endsWith(".md") ? [join(folder, name)] : [])),
    );
    const files = [...inFolders, "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
    const links = files.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].map(([, target = "", heading]) => ({
        from: file,
        path: target === "" ? file : join(file, "..", target),
        heading,
      })),
    );
    expect(links.filter(({ path }) => !existsSync(join(ROOT, path)))).toEqual([]);
    const toHeadings = links.filter(({ heading }) => heading !== undefined);
    expect(toHeadings.length).toBeGreaterThan(50);
    expect(toHeadings.filter(({ path, heading = "" }) => !anchorsIn(path).has(heading))).toEqual([]);
  });

  it("has pages of at most 300 lines, except for references", () => {
    const references = ["architecture.md", "performance.md"];
    const long = readdirSync(join(ROOT, "docs")).filter(
      (name) => name.endsWith(".md") && read(join("docs", name)).split("\n").length > 301,
    );
    expect(long).toEqual(references);
  });

  it("names only files that exist in the list of changes to make", () => {
    const paths = [...read("CONTRIBUTING.md").matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(
      ([, path = ""]) => path,
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe("docs/architecture.md", () => {
  const walks = new Map(
    (read("docs/architecture.md").split("## Walks")[1]?.split("\n## ")[0] ?? "")
      .split("\n### ")
      .slice(1)
      .map((walk) => {
        const [title = "", ...lines] = walk.split("\n");
        return [title, lines.filter((line) => /^\d+\. /.test(line))] as const;
      }),
  );

  it.each([
    ["Request body to provider", 15],
    ["A model that is not built in", 12],
    ["Event to attempt log", 13],
  ])("needs at most so many files for the walk %s: %i", (title, most) => {
    const steps = walks.get(title) ?? [];
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.length).toBeLessThanOrEqual(most);
  });

  it.each([...walks])("tells the walk %s in names that the files have", (_, steps) => {
    for (const line of steps) {
      const [path = "", ...names] = Array.from(line.matchAll(/`([^`]+)`/g), ([, name = ""]) => name);
      const source = read(path);
      expect(
        names.filter((name) => !source.includes(name)),
        line,
      ).toEqual([]);
    }
  });
});
