// The pages as a deployment serves them: static assets of the platform, through the Worker.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeApi } from "../../scripts/openapi/document.ts";
import { PAGES } from "../../src/http/pages.ts";
import { type Stage, setStage } from "../support/stage.ts";

const SAFE = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
});

afterAll(() => stage.stop());

const ask = (path: string, init: RequestInit = {}) => fetch(stage.url + path, { ...init, redirect: "manual" });

describe.each(["/", "/docs"])("the page %s", (path) => {
  it("audit 5: has a request id and a policy that isolates it and lets it load from its own origin only", async () => {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await response.text()).toContain("<!doctype html>");
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({ ...SAFE, "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const policy = headers["content-security-policy"] ?? "";
    const rules = policy.split("; ");
    expect(rules).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers["permissions-policy"]).toMatch(/camera=\(\).*microphone=\(\)/);
  });

  it("answers HEAD and If-None-Match without its body", async () => {
    const head = await ask(path, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.has("x-request-id")).toBe(true);
    const again = await ask(path, { headers: { "if-none-match": head.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  it.each(["POST", "DELETE"])("refuses %s and lists the allowed methods", async (method) => {
    const response = await ask(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD");
    expect(await response.json()).toMatchObject({ code: "method_not_allowed" });
  });
});

it.each(["/docs/docs.js", "/dashboard/main.js", "/dashboard/style.css"])(
  "%s, which a page loads, has the security headers",
  async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject(SAFE);
  },
);

it("audit 19: serves each license that a page or one of its files names, with the notices of all bundled code", async () => {
  const named = new Map<string, string>();
  for (const page of PAGES) {
    const html = await (await ask(page)).text();
    const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
    for (const path of [page, ...loaded]) {
      const text = await (await ask(path)).text();
      const names = text.matchAll(/(?:license information please see |Licenses: |href=")([\w./-]*licenses?\b[\w.]*)/gi);
      for (const [, name = ""] of names) named.set(new URL(name, stage.url + path).pathname, path);
    }
  }
  expect([...named.keys()].sort()).toEqual(["/docs/licenses.txt", "/docs/swagger-ui-bundle.js.LICENSE.txt"]);
  for (const path of named.keys()) {
    const response = await ask(path);
    expect(response.status, path).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...SAFE,
      "content-type": expect.stringMatching(/^text\/plain/),
    });
  }
  const notices = await (await ask("/docs/licenses.txt")).text();
  for (const name of ["reelhook-worker", "hono", "zod", "preact", "swagger-ui-dist"]) {
    const [, own = ""] = notices.split(new RegExp(`^${name} \\d.*$`, "m"));
    const notice = own.split("-".repeat(80))[0];
    expect(notice, name).toContain("Copyright");
    expect(notice, name).toMatch(/Permission is hereby granted|Apache License/);
  }
  expect(notices).toContain("SmartBear Software Inc.");
});

describe("/openapi.json", () => {
  it("is served to anybody, and by GET only", async () => {
    const response = await ask("/openapi.json");
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "access-control-allow-origin": "*",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(describeApi())));
    const head = await ask("/openapi.json", { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const refused = await ask("/openapi.json", { method: "POST" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});
