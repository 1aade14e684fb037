// The playground's form, built from the schema of a model.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVERYTHING, FREE } from "./models.ts";
import { bodyShown, code, generate, openPlayground as open } from "./playground-page.ts";
import { chooseModel, type Dashboard, modelBox, openDashboard, options, violationsOf } from "./visit.ts";

let dashboard: Dashboard;

beforeAll(async () => {
  dashboard = await openDashboard({ EXTRA_MODELS: FREE.id });
});

afterAll(() => dashboard.close());

const openPlayground = () => open(dashboard);

describe("the fields of a model", () => {
  it("are those of its schema: the prompt and required ones first, the others folded, deprecated ones last", async () => {
    const { page, troubles } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    const labels = async (where: string) => {
      const texts = await page
        .locator(`${where} > :is(.field, .alternatives, fieldset)`)
        .locator("label, legend")
        .allTextContents();
      return texts.map((text) => text.trim().split(/\s+/).join(" "));
    };
    expect(await labels("form > div")).toEqual([
      "Prompt prompt required",
      "Image image_url as",
      "Image image_url required",
      "Webhooks webhooks",
      "URL webhooks[0].url",
      ...["started", "completed", "failed", "canceled"].map((type) => `generation.${type}`),
    ]);
    await page.getByText("More options").click();
    expect(await labels("form > div > .folded:last-of-type")).toEqual([
      "Shots shots",
      "Camera camera",
      "Zoom zoom",
      "Frame frame",
      "Type type required",
      "URL url required",
      "Duration duration",
      "Sound sound",
      "Tags tags",
      "Old ratio old_ratio deprecated",
      "Metadata metadata",
      "Retention days retention_days",
    ]);
    expect(
      await page.getByText("The first frame. An HTTPS URL, or a file of up to 25.1 MB, chosen or dropped here").count(),
    ).toBe(1);
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel("image_url as").selectOption("a list");
    await page.getByRole("button", { name: "Add to Image" }).click();
    await page.getByLabel("image_url[0]").fill("https://example.com/1.png");
    await page.getByRole("button", { name: "Add to Image" }).click();
    await page.getByLabel("image_url[1]").fill("https://example.com/2.png");
    expect(await page.getByRole("button", { name: "Add to Image" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Add to Shots" }).click();
    const shot = page.getByRole("group", { name: "Shots 1" });
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
    await page.getByText("More options").click();
    await page.getByRole("button", { name: "Add to Shots" }).click();
    // The errors open it again.
    await page.getByText("More options").click();
    const errors = [
      { pointer: "/shots/0/prompt", message: "is required here" },
      { pointer: "/camera", message: "is too shaky" },
      { pointer: "/image_url", message: "is no image" },
    ];
    await page.route("**/v1/generations", (route) =>
      route.fulfill({ status: 400, contentType: "application/problem+json", json: { detail: "Bad", errors } }),
    );
    await generate(page);
    const summary = page.getByRole("alert").filter({ hasText: "Fix the 3 highlighted fields" }).getByRole("listitem");
    await summary.first().waitFor();
    expect(await summary.allTextContents()).toEqual([
      "Image image_url is no image",
      "Shots 1, prompt shots[0].prompt is required here",
      "Camera camera is too shaky",
    ]);
    const described = async (label: string) => {
      const field = page.getByLabel(label, { exact: true });
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      return page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`).textContent();
    };
    expect(await page.getByRole("group", { name: "Shots 1" }).textContent()).toContain("is required here");
    expect(await page.getByRole("group", { name: "camera" }).textContent()).toContain("is too shaky");
    expect(await described("Image image_url required")).toContain("is no image");
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
    const [above, below] = [await error.boundingBox(), await page.getByText("Add to Shots").boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThanOrEqual(below?.y ?? 0);
  });

  it("do not keep what belongs to another variant", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, EVERYTHING.id);
    await page.getByText("More options").click();
    const frame = page.getByRole("group", { name: "frame" });
    await frame.getByLabel("type").selectOption("image");
    await frame.getByRole("textbox", { name: "url" }).fill("https://example.com/1.png");
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
    await page.getByLabel("image_url", { exact: false }).first().waitFor();
    expect(await page.locator("[inert]").count()).toBe(0);
  });
});

describe("a model without a schema", () => {
  it("has a field for a JSON object, which is submitted", async () => {
    const { page } = await openPlayground();
    await chooseModel(page, FREE.id);
    const input = page.getByLabel("Input input");
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
    await page.getByLabel("webhooks[0].url").waitFor();
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
  it("simulates a scenario with a header, which the code samples show", async () => {
    const { page } = await openPlayground();
    const sent: (string | undefined)[] = [];
    await page.route("**/v1/generations", async (route) => {
      sent.push(route.request().headers()["reelhook-simulate"]);
      await route.fulfill({ status: 400, json: { detail: "Enough" } });
    });
    await chooseModel(page, "runway/act_two");
    await page.getByText("Test scenario", { exact: false }).first().click();
    const scenario = page.getByRole("radio", { name: "Fails Reelhook-Simulate: fail" });
    await scenario.check();
    const text = page.locator(`[id="${await scenario.getAttribute("aria-describedby")}"]`);
    expect(await text.textContent()).toContain("with provider_error. Test how your app handles generation.failed.");
    expect(await violationsOf(page)).toEqual([]);
    const shown = code(page);
    expect(await shown.textContent()).toContain('-H "Reelhook-Simulate: fail" \\\n');
    await page.getByRole("button", { name: "Node" }).click();
    expect(await shown.textContent()).toContain('    "Reelhook-Simulate": "fail",\n  },');
    await page.getByRole("button", { name: "Python" }).click();
    expect(await shown.textContent()).toContain(', "Reelhook-Simulate": "fail"},\n');
    await generate(page);
    await page.getByRole("alert").filter({ hasText: "Enough" }).waitFor();
    await page.getByRole("radio", { name: "Completes", exact: true }).check();
    expect(await shown.textContent()).not.toContain("Reelhook-Simulate");
    await generate(page);
    await expect.poll(() => sent.length).toBe(2);
    expect(sent).toEqual(["fail", undefined]);
  });
});
