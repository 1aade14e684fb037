// Choosing a model in the playground, and the form built from its schema.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEST } from "../support/stage.ts";
import { ENDING, EVERYTHING, FREE, playCatalogue } from "./models.ts";
import { chooseModel, type Dashboard, modelBox, openDashboard, options, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ EXTRA_MODELS: FREE.id });
});

afterAll(() => dashboard.close());

async function openPlayground(at = "#/playground") {
  const watched = await dashboard.signedIn({}, TEST, playCatalogue);
  await watched.page.goto(`${dashboard.stage.url}/${at}`);
  await watched.page.getByRole("button", { name: "Generate (free)" }).waitFor();
  return watched;
}

const active = (page: Page) => page.locator('[role="option"][aria-selected="true"] code').textContent();
const code = (page: Page) => page.getByRole("region", { name: "Code sample" }).locator("pre");
const generate = (page: Page) => page.getByRole("button", { name: "Generate (free)" }).click();

async function bodyShown(page: Page): Promise<unknown> {
  return JSON.parse((await code(page).textContent())?.split("-d '")[1]?.replace(/'$/, "") ?? "");
}

describe("the list of models", () => {
  it("is not loaded before the field has the focus", async () => {
    const { page, requests } = await openPlayground();
    const asked = () => requests.filter((url) => url.endsWith("/v1/models"));
    expect(asked()).toEqual([]);
    await modelBox(page).focus();
    await modelBox(page).press("ArrowDown");
    await options(page).first().waitFor();
    await page.keyboard.press("Escape");
    await modelBox(page).click();
    await options(page).first().waitFor();
    expect(asked()).toHaveLength(1);
  });

  it("is used by keyboard", async () => {
    const { page, troubles } = await openPlayground();
    const box = modelBox(page);
    await box.focus();
    expect(await box.getAttribute("aria-expanded")).toBe("false");
    await page.keyboard.press("ArrowDown");
    await page.getByText("154 of 154 models").waitFor();
    expect(await box.getAttribute("aria-expanded")).toBe("true");
    expect(await active(page)).toBe("runway/gen4_aleph");
    expect(await page.locator('[aria-current="true"]').count()).toBe(1);
    await page.keyboard.press("ArrowUp");
    expect(await active(page)).toBe(FREE.id);
    const id = await box.getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${id}"] code`).textContent()).toBe(FREE.id);
    expect(await page.locator(`[id="${id}"]`).isVisible()).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("PageDown");
    expect(await active(page)).toBe("filler/model-4");
    expect(await violationsOf(page)).toEqual([]);
    await page.keyboard.type("acme");
    await page.getByText("2 of 154 models").waitFor();
    expect(await active(page)).toBe(EVERYTHING.id);
    await page.keyboard.press("Escape");
    expect(await box.inputValue()).toBe("runway/gen4_aleph");
    expect(await options(page).count()).toBe(0);
    await page.keyboard.type("acme");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByText(`"model": "${ENDING.id}"`).waitFor();
    expect(await box.inputValue()).toBe(ENDING.id);
    expect(await box.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    // Enter opens the list and does not submit the form.
    await page.keyboard.press("Enter");
    await options(page).first().waitFor();
    await page.keyboard.press("Tab");
    expect(await options(page).count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it("is used by mouse", async () => {
    const { page } = await openPlayground();
    await modelBox(page).click();
    await options(page).filter({ hasText: "Everything" }).click();
    await page.getByText(`"model": "${EVERYTHING.id}"`).waitFor();
    await modelBox(page).click();
    await page.getByRole("heading", { name: "Playground" }).click();
    await expect.poll(() => options(page).count()).toBe(0);
    expect(await modelBox(page).inputValue()).toBe(EVERYTHING.id);
  });

  it.each([
    ["developer", "some labs", [FREE.id]],
    ["name", "ENDING", [ENDING.id]],
    ["capability", "acme image to video", [EVERYTHING.id]],
  ])("is searched by %s", async (_, query, found) => {
    const { page } = await openPlayground();
    await modelBox(page).fill(query);
    await page.getByText(`${found.length} of 154 models`).waitFor();
    expect(await options(page).locator("code").allTextContents()).toEqual(found);
  });

  it("says that nothing matches, and marks models that will be retired", async () => {
    const { page } = await openPlayground();
    await modelBox(page).fill("nobody");
    await page.getByText("No model matches “nobody”.").waitFor();
    await modelBox(page).press("Enter");
    expect(await violationsOf(page)).toEqual([]);
    await modelBox(page).fill("acme");
    await options(page).filter({ hasText: "retires on 2099-03-31" }).waitFor();
    expect(await options(page).first().textContent()).toContain("Acme Motion · text to video, image to video");
  });

  it("can be loaded again after a failure", async () => {
    const { page } = await openPlayground();
    await page.route("**/v1/models", (route) => route.abort(), { times: 1 });
    await modelBox(page).click();
    await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await modelBox(page).click();
    await options(page).first().waitFor();
  });
});

describe("the fields of a model", () => {
  it("are those of its schema: required ones first, deprecated ones last", async () => {
    const { page, troubles } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    const names = await page.locator("form label, form legend").allTextContents();
    const own = names.map((name) => name.trim().split(/\s/).join(" "));
    expect(own.slice(1, own.indexOf("webhook_url"))).toEqual([
      "image_url as",
      "image_url required",
      "prompt required",
      "shots",
      "camera",
      "zoom",
      "frame",
      "type required",
      "url required",
      "duration",
      "sound",
      "tags",
      "old_ratio deprecated",
    ]);
    expect(await page.getByText("The first frame. An HTTPS URL or a data URI").count()).toBe(1);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel("image_url as").selectOption("a list");
    await page.getByRole("button", { name: "Add to image_url" }).click();
    await page.getByLabel("image_url 1").fill("https://example.com/1.png");
    await page.getByRole("button", { name: "Add to image_url" }).click();
    await page.getByLabel("image_url 2").fill("https://example.com/2.png");
    expect(await page.getByRole("button", { name: "Add to image_url" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Add to shots" }).click();
    const shot = page.getByRole("group", { name: "shots 1" });
    await shot.getByLabel("prompt").fill("wide");
    await shot.getByLabel("seconds").fill("3");
    await page.getByLabel("zoom").fill("-2.5");
    await page.getByLabel("duration").selectOption("10");
    await page.getByLabel("sound").selectOption("false");
    const tags = page.getByLabel("tags");
    await tags.fill('["a",');
    await page.getByText("is not valid JSON").waitFor();
    await generate(page);
    expect(await tags.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await tags.fill('["a", 1]');
    expect(await violationsOf(page)).toEqual([]);
    expect(await bodyShown(page)).toEqual({
      model: EVERYTHING.id,
      image_url: ["https://example.com/1.png", "https://example.com/2.png"],
      prompt: expect.any(String),
      shots: [{ prompt: "wide", seconds: 3 }],
      camera: { zoom: -2.5 },
      duration: 10,
      sound: false,
      tags: ["a", 1],
    });
    await page.getByLabel("image_url as").selectOption("a URL");
    await page.getByLabel("zoom").fill("");
    await page.getByText('"camera"').waitFor({ state: "detached" });
    expect(await bodyShown(page)).not.toHaveProperty("image_url");
    expect(troubles).toEqual([]);
  });

  it("show the errors of the API, even inside lists and objects", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    await page.getByRole("button", { name: "Add to shots" }).click();
    const errors = [
      { pointer: "/shots/0/prompt", message: "is required here" },
      { pointer: "/camera", message: "is too shaky" },
      { pointer: "/image_url", message: "is no image" },
    ];
    await page.route("**/v1/generations", (route) =>
      route.fulfill({ status: 400, contentType: "application/problem+json", json: { detail: "Bad", errors } }),
    );
    await generate(page);
    await page.getByRole("alert").filter({ hasText: "Fix the 3 highlighted fields" }).waitFor();
    const described = async (label: string) => {
      const field = page.getByLabel(label, { exact: true });
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      return page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`).textContent();
    };
    expect(await page.getByRole("group", { name: "shots 1" }).textContent()).toContain("is required here");
    expect(await page.getByRole("group", { name: "camera" }).textContent()).toContain("is too shaky");
    expect(await described("image_url required")).toContain("is no image");
    expect(await violationsOf(page)).toEqual([]);
  });

  it("show the error of a list above its items, and move the focus there", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    const json = { detail: "Bad", errors: [{ pointer: "/shots", message: "is too short" }] };
    await page.route("**/v1/generations", (route) =>
      route.fulfill({ status: 400, contentType: "application/problem+json", json }),
    );
    await generate(page);
    const error = page.getByRole("group", { name: "shots" }).getByText("is too short");
    await error.waitFor();
    expect(await error.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    const [above, below] = [await error.boundingBox(), await page.getByText("Add to shots").boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
  });

  it("do not keep what belongs to another variant", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    const frame = page.getByRole("group", { name: "frame" });
    await frame.getByLabel("type").selectOption("image");
    await frame.getByLabel("url").fill("https://example.com/1.png");
    await frame.getByLabel("type").selectOption("job");
    await frame.getByLabel("id").fill("1");
    expect(await bodyShown(page)).toMatchObject({ frame: { type: "job", id: "1" } });
    expect(await bodyShown(page)).not.toHaveProperty("frame.url");
  });

  it("are loaded once per model, and again after a failure", async () => {
    const { page, requests } = await openPlayground();
    await page.route("**/v1/models/acme%2Feverything", (route) => route.abort(), { times: 1 });
    await modelBox(page).fill(EVERYTHING.id);
    await options(page).first().waitFor();
    await modelBox(page).press("Enter");
    await page.getByRole("alert").filter({ hasText: "cannot be reached" }).waitFor();
    expect(await page.getByRole("button", { name: "Generate (free)" }).count()).toBe(0);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText(`"model": "${EVERYTHING.id}"`).waitFor();
    await chooseModel(page, "gen3a_turbo");
    await chooseModel(page, EVERYTHING.id);
    expect(requests.filter((url) => url.endsWith("/v1/models/acme%2Feverything"))).toHaveLength(2);
  });

  it("stay visible but inert while those of another model load", async () => {
    const { page } = await openPlayground();
    const gate = Promise.withResolvers<void>();
    await page.route("**/v1/models/acme%2Feverything", async (route) => {
      await gate.promise;
      await route.fallback();
    });
    await modelBox(page).fill(EVERYTHING.id);
    await options(page).first().waitFor();
    await modelBox(page).press("Enter");
    await page.getByRole("status").getByText("Loading its fields …").waitFor();
    expect(await page.locator("[inert]").getByLabel("video_url").count()).toBe(1);
    gate.resolve();
    await page.getByLabel("zoom").waitFor();
    expect(await page.locator("[inert]").count()).toBe(0);
  });
});

describe("a model that will be retired", () => {
  it("is marked, and its replacement is one click away", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, ENDING.id);
    await page.getByRole("note").filter({ hasText: "This model will be retired on 31 March 2099." }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole("button", { name: EVERYTHING.id }).click();
    await page.getByText(`"model": "${EVERYTHING.id}"`).waitFor();
    expect(await page.getByText("This model will be retired").count()).toBe(0);
    expect(await modelBox(page).evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  });
});

describe("a model without a schema", () => {
  it("has a field for a JSON object, which is submitted", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, FREE.id);
    const input = page.getByLabel("input");
    expect(JSON.parse(await input.inputValue())).toEqual({ prompt: expect.any(String) });
    for (const [text, error] of [
      ["[1]", "must be a JSON object"],
      ["", "must be a JSON object"],
      ['{"prompt": ', "is not valid JSON"],
      ['{"model": "x"}', "must not have model"],
    ] as const) {
      await input.fill(text);
      await page.getByText(error).waitFor();
      expect(await input.getAttribute("aria-invalid")).toBe("true");
    }
    expect(await violationsOf(page)).toEqual([]);
    await generate(page);
    expect(page.url()).toContain("#/playground");
    await input.fill('{"prompt": "a heron", "frames": [1, 2]}');
    await page.getByLabel("webhook_url").waitFor();
    await generate(page);
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    // The request can be repeated from its generation.
    await page.getByRole("link", { name: "Run again with changes" }).click();
    await page.getByText("Filled in from").waitFor();
    expect(JSON.parse(await input.inputValue())).toEqual({ prompt: "a heron", frames: [1, 2] });
    expect(await modelBox(page).inputValue()).toBe(FREE.id);
  });
});

describe("a model without a prompt", () => {
  it("simulates an outcome with a header, which the code samples show", async () => {
    const { page } = await openPlayground();
    const sent: (string | undefined)[] = [];
    await page.route("**/v1/generations", async (route) => {
      sent.push(route.request().headers()["reelhook-simulate"]);
      await route.fulfill({ status: 400, json: { detail: "Enough" } });
    });
    await chooseModel(page, "runway/act_two");
    await page.getByRole("button", { name: "fail", exact: true }).click();
    const shown = code(page);
    expect(await shown.textContent()).toContain('-H "Reelhook-Simulate: fail" \\\n');
    await page.getByRole("button", { name: "Node" }).click();
    expect(await shown.textContent()).toContain('    "Reelhook-Simulate": "fail",\n  },');
    await page.getByRole("button", { name: "Python" }).click();
    expect(await shown.textContent()).toContain(', "Reelhook-Simulate": "fail"},\n');
    await generate(page);
    await page.getByRole("alert").filter({ hasText: "Enough" }).waitFor();
    await page.getByRole("button", { name: "fail", exact: true }).click();
    expect(await shown.textContent()).not.toContain("Reelhook-Simulate");
    await generate(page);
    await expect.poll(() => sent.length).toBe(2);
    expect(sent).toEqual(["fail", undefined]);
  });
});
