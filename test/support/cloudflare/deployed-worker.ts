// Stands in for a deployed Reelhook: `/healthz` and `/v1/api-keys`, with the secrets of a Cloudflare account.

import { Hono } from "hono";
import type { NewApiKeyView } from "../../../src/contract/api-keys.ts";
import type { Mode } from "../../../src/contract/words.ts";
import type { CloudflareAccount } from "./account.ts";

/** How a request fails: before it is served, after it is served (its answer is lost), with this status, or not at all. */
export type RequestFailure = "unanswered" | "answer_lost" | number | "none";

export class DeployedWorker {
  readonly keys: NewApiKeyView[] = [];
  /** Every request, such as `POST /v1/api-keys`. */
  readonly requests: string[] = [];
  /** Failures of the next requests of a kind, such as `POST /v1/api-keys`. */
  readonly failures = new Map<string, RequestFailure[]>();
  /** Settings that are invalid. */
  problems: { setting: string; message: string }[] = [];
  #everMade = 0;
  readonly #app = new Hono();

  constructor(account: CloudflareAccount) {
    this.#app.get("/healthz", (c) => {
      if (account.deployments === 0) return c.text("There is nothing here yet", 404);
      const { secrets } = account;
      const problems = [...this.problems];
      if (!secrets.has("SIGNING_SECRET")) problems.push({ setting: "SIGNING_SECRET", message: "is missing" });
      if (!secrets.has("ADMIN_KEY") && !secrets.has("API_KEYS")) {
        problems.push({ setting: "API_KEYS", message: "is missing; set it or ADMIN_KEY" });
      }
      if (problems.length > 0) return c.json({ status: "misconfigured", version: "0.1.0", problems }, 503);
      const none = this.#everMade === 0 && !secrets.has("API_KEYS") ? { api_keys: "none" } : {};
      return c.json({ status: "ok", version: "0.1.0", ...none });
    });
    this.#app.use("/v1/*", async (c, next) => {
      if (c.req.header("authorization") === `Bearer ${account.secrets.get("ADMIN_KEY")}`) return next();
      return c.json({ status: 401, code: "unauthorized", detail: "Not an API key." }, 401);
    });
    this.#app.get("/v1/api-keys", (c) => {
      const data = this.keys.map(({ key: _, ...view }) => view);
      return c.json({ object: "list", data, has_more: false, next_cursor: null });
    });
    this.#app.post("/v1/api-keys", async (c) => {
      const { account: owner, mode, name } = await c.req.json<{ account: string; mode: Mode; name: string }>();
      const id = `key_${++this.#everMade}`;
      const key = `rh_${mode}_${String(this.#everMade).padStart(40, "0")}`;
      const made: NewApiKeyView = {
        ...{ id, object: "api_key", account: owner, mode, name, prefix: key.slice(0, 14), read_only: false, key },
        ...{ created_at: "2026-11-27T12:00:00.000Z", expires_at: null, last_used_on: null },
      };
      this.keys.unshift(made);
      return c.json(made, 201);
    });
    this.#app.delete("/v1/api-keys/:id", (c) => {
      const at = this.keys.findIndex(({ id }) => id === c.req.param("id"));
      this.keys.splice(at, 1);
      return c.body(null, 204);
    });
  }

  /** Serves a request, wherever it is addressed to. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const name = `${request.method} ${new URL(request.url).pathname}`;
    this.requests.push(name);
    const failure = this.failures.get(name)?.shift();
    if (failure === "unanswered") throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
    if (typeof failure === "number") {
      return Response.json({ status: failure, code: "c", detail: "It failed." }, { status: failure });
    }
    const response = await this.#app.fetch(request);
    if (failure === "answer_lost") throw new TypeError("fetch failed", { cause: new Error("socket hang up") });
    return response;
  };
}
