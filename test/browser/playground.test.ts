// The playground: retries that must not be billed twice, the form, the API key and the code samples.

import { spawnSync } from "node:child_process";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { chooseModel, type Dashboard, openDashboard } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard();
});

afterAll(() => dashboard.close());

async function openPlayground() {
  const watched = await dashboard.signedIn();
  await watched.page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
  await watched.page.getByLabel("prompt").waitFor();
  await watched.page.getByText("More options").click();
  return watched;
}

const generate = (page: Page) => page.getByRole("button", { name: "Generate (free)" }).click();

/** Answers the first requests for a generation with `answers` (null aborts), and collects all idempotency keys. */
async function answerCreations(page: Page, answers: readonly (object | null)[]): Promise<string[]> {
  const keys: string[] = [];
  await page.route("**/v1/generations", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    const answer = answers[keys.length];
    keys.push(route.request().headers()["idempotency-key"] ?? "");
    if (answer === undefined) return route.fallback();
    if (answer === null) return route.abort();
    const { status } = answer as { status: number };
    await route.fulfill({ status, contentType: "application/problem+json", body: JSON.stringify(answer) });
  });
  return keys;
}

describe("a request that may have been accepted", () => {
  it("is sent again with the same idempotency key until there is a clear answer", async () => {
    const { page } = await openPlayground();
    const keys = await answerCreations(page, [
      null,
      { status: 500, detail: "Something went wrong here." },
      { status: 502, detail: "Bad gateway" },
    ]);
    for (const word of ["cannot be reached", "Something went wrong here", "Bad gateway"]) {
      await generate(page);
      await page.getByRole("alert").filter({ hasText: word }).getByText("You can safely try again").waitFor();
    }
    await page.reload();
    await generate(page);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });

  it("shows the provider's refusal and gets a new idempotency key", async () => {
    const { page } = await openPlayground();
    const keys = await answerCreations(page, [
      { status: 502, detail: "Refused there", generation_id: "gen_00000000000000000000000000" },
    ]);
    await generate(page);
    await page.getByRole("alert").filter({ hasText: "Refused there" }).waitFor();
    expect(await page.getByRole("link", { name: "generation", exact: true }).getAttribute("href")).toContain("gen_");
    await generate(page);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    expect(new Set(keys).size).toBe(2);
  });
});

describe("the form", () => {
  it("keeps a decimal as typed and sends it as a number", async () => {
    const { page } = await dashboard.signedIn();
    await page.route("**/v1/models/*", async (route) => {
      const model = await (await route.fetch()).json();
      model.input_schema.properties.strength = { type: "number" };
      await route.fulfill({ json: model });
    });
    await page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
    await page.getByText("More options").click();
    const strength = page.getByLabel("strength");
    await strength.pressSequentially("0.50");
    expect(await strength.inputValue()).toBe("0.50");
    await page.getByText('"strength": 0.5\n').waitFor();
    await strength.fill("half");
    await page.getByText('"strength": "half"').waitFor();
    await strength.fill("");
    await page.getByText('"strength"').waitFor({ state: "detached" });
  });

  it("hides its errors once the fields are edited or another model is chosen", async () => {
    const { page } = await openPlayground();
    const alert = page.getByRole("alert");
    await page.getByLabel("prompt").fill("");
    await page.getByLabel("seed").fill("-1");
    await generate(page);
    await alert.filter({ hasText: "Fix the 2 highlighted fields" }).waitFor();
    await page.getByLabel("prompt").fill("a fox");
    await alert.filter({ hasText: "Fix the highlighted field" }).waitFor();
    await page.getByLabel("seed").fill("1");
    await alert.waitFor({ state: "detached" });
    await page.getByLabel("prompt").fill("");
    await generate(page);
    await alert.waitFor();
    await chooseModel(page, "gen3a_turbo");
    await alert.waitFor({ state: "detached" });
  });
});

describe("the focus after a refused request", () => {
  const twoFrames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";
  const focused = (page: Page) => page.evaluate("document.activeElement.name");

  it("moves to the first error, unless the user has moved it in the meantime", async () => {
    const { page } = await openPlayground();
    const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
    const alert = page.getByRole("alert");
    await page.getByLabel("prompt").fill("");
    await generate(page);
    await alert.waitFor();
    await page.evaluate(twoFrames);
    expect(await focused(page)).toBe("prompt");
    await page.getByLabel("prompt").fill("a fox");
    await alert.waitFor({ state: "detached" });
    await page.getByLabel("prompt").fill("");
    await page.route("**/v1/generations", async (route) => {
      await answers;
      return route.fallback();
    });
    await generate(page);
    await page.getByLabel("seed").focus();
    answer();
    await alert.waitFor();
    await page.evaluate(twoFrames);
    expect(await focused(page)).toBe("seed");
  });
});

describe("the API key", () => {
  it("is sent in a header, never in a URL or body", async () => {
    const { page } = await dashboard.newPage();
    const sent: string[] = [];
    const headers = new Set<string>();
    page.on("request", (request) => {
      sent.push(request.url(), request.postData() ?? "");
      headers.add(request.headers()["authorization"] ?? "");
    });
    await page.goto(dashboard.stage.url);
    await page.getByLabel("API key").fill(TEST);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation").getByRole("link", { name: "Playground" }).click();
    await page.getByLabel("prompt").fill("who sees the key?");
    expect(await page.getByRole("region", { name: "Code sample" }).textContent()).not.toContain(TEST);
    await generate(page);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    expect(headers).toContain(`Bearer ${TEST}`);
    expect(sent.filter((text) => text.includes(TEST))).toEqual([]);
  });
});

describe("the code samples", () => {
  it("create the same generation in Node as the button", async () => {
    const { page } = await openPlayground();
    await page.getByLabel("prompt").fill('It\'s "late", `tired` said\nthe fox \\ 狐');
    const region = page.getByRole("region", { name: "Code sample" });
    await region.getByRole("button", { name: "Node" }).click();
    const program = (await region.locator("pre").textContent()) ?? "";
    const env = { ...process.env, REELHOOK_KEY: TEST };
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module"], {
      input: program.replace("console.log(await response.json())", "console.log(await response.text())"),
      env,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      object: "generation",
      input: { prompt: 'It\'s "late", `tired` said\nthe fox \\ 狐' },
    });
  });
});
