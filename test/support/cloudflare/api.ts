// Stands in for Cloudflare's API on loopback, as far as wrangler asks it for a deployment.

import { createServer, type ServerResponse } from "node:http";
import { listen } from "../listening.ts";
import type { CloudflareAccount, LifecycleRule } from "./account.ts";

const ACCOUNT = "0123456789abcdef0123456789abcdef";
const NAME = "reelhook";

/** An answer to the first request that matches, in place of the usual one. */
export interface ApiFailure {
  /** Matched with the method and the path below `/accounts/{id}`, such as `POST /r2/buckets`. */
  readonly request: RegExp;
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

type Result = { readonly result: unknown } | ApiFailure;

const NO_WORKER = { status: 404, code: 10007, message: "This Worker does not exist on your account." };
const NO_BUCKET = { status: 404, code: 10006, message: "The specified bucket does not exist." };

export class CloudflareApi {
  readonly account: CloudflareAccount;
  /** Every request: the method and the path below `/accounts/{id}`. */
  readonly requests: string[] = [];
  failure: ApiFailure | null = null;
  #hold: { readonly request: RegExp; onArrival(response: ServerResponse): void } | null = null;
  #url = "";
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const path = new URL(request.url ?? "", "http://localhost").pathname.replace(/^\/(client\/v4)?/, "/");
      const name = `${request.method} ${path.replace(`/accounts/${ACCOUNT}`, "").replace(/\/+/g, "/")}`;
      this.requests.push(name);
      if (this.#hold?.request.test(name)) return this.#hold.onArrival(response);
      const isAllowed = request.headers.authorization === "Bearer token-of-ada";
      const body = Buffer.concat(parts).toString("utf8");
      send(response, isAllowed ? this.#answer(name, body) : fail(401, 10000, "Authentication error"));
    });
  });

  constructor(account: CloudflareAccount) {
    this.account = account;
  }

  async start(): Promise<void> {
    this.#url = await listen(this.#server);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Leaves matching requests without an answer. @returns when the first has arrived, and when its client has gone. */
  hold(request: RegExp): { readonly arrived: Promise<void>; readonly disconnected: Promise<void> } {
    const arrived = Promise.withResolvers<void>();
    const disconnected = Promise.withResolvers<void>();
    this.#hold = {
      request,
      onArrival(response) {
        response.once("close", disconnected.resolve);
        arrived.resolve();
      },
    };
    return { arrived: arrived.promise, disconnected: disconnected.promise };
  }

  /** Sends wrangler here, and to no registry. */
  get env(): Readonly<Record<string, string>> {
    return {
      CLOUDFLARE_API_BASE_URL: `${this.#url}/client/v4`,
      CLOUDFLARE_API_TOKEN: "token-of-ada",
      CLOUDFLARE_ACCOUNT_ID: ACCOUNT,
      npm_config_registry: this.#url,
    };
  }

  #answer(name: string, body: string): Result {
    if (this.failure?.request.test(name)) {
      const { failure } = this;
      this.failure = null;
      return failure;
    }
    return this.#r2(name, body) ?? this.#worker(name, body) ?? fixed(name) ?? fail(404, 7003, `No route for ${name}`);
  }

  #r2(name: string, body: string): Result | null {
    const { buckets } = this.account;
    if (name === "POST /r2/buckets") {
      const bucket: string = JSON.parse(body).name;
      if (buckets.has(bucket))
        return fail(409, 10004, "The bucket you tried to create already exists, and you own it.");
      this.account.makeBucket(bucket);
      return { result: { name: bucket } };
    }
    const [, method, bucket = "", sub] = /^(GET|PUT) \/r2\/buckets\/([^/]+)(\/lifecycle)?$/.exec(name) ?? [];
    if (method === undefined) return null;
    const rules = buckets.get(bucket);
    if (rules === undefined) return fail(NO_BUCKET.status, NO_BUCKET.code, NO_BUCKET.message);
    if (sub === undefined) return { result: { name: bucket } };
    if (method === "GET") return { result: { rules } };
    buckets.set(bucket, JSON.parse(body).rules as LifecycleRule[]);
    return { result: {} };
  }

  #worker(name: string, body: string): Result | null {
    const { account } = this;
    const isThere = account.deployments > 0;
    const ifThere = (result: unknown): Result =>
      isThere ? { result } : fail(NO_WORKER.status, NO_WORKER.code, NO_WORKER.message);
    switch (name) {
      case `GET /workers/scripts/${NAME}/secrets`:
        return ifThere([...account.secrets.keys()].map((secret) => ({ name: secret, type: "secret_text" })));
      case `PATCH /workers/scripts/${NAME}/secrets-bulk`: {
        if (isThere) {
          const secrets = Object.values(JSON.parse(body).secrets) as { name: string; text: string }[];
          for (const secret of secrets) account.setSecret(secret.name, secret.text);
        }
        return ifThere([]);
      }
      case `GET /workers/services/${NAME}`:
        return ifThere({
          default_environment: { environment: "production", script: { last_deployed_from: "wrangler" } },
        });
      case `GET /workers/scripts/${NAME}/settings`:
        return ifThere({ bindings: [{ type: "r2_bucket", name: "VIDEOS", bucket_name: "reelhook-videos" }] });
      case `GET /workers/scripts/${NAME}/deployments`:
        return ifThere({ deployments: [] });
      case `PUT /workers/scripts/${NAME}`:
        account.deploy();
        return { result: { id: NAME, deployment_id: "0".repeat(32), etag: "e", startup_time_ms: 5 } };
      default:
        return null;
    }
  }
}

/** Answers that do not depend on the state. */
function fixed(name: string): Result | null {
  const answers: Readonly<Record<string, unknown>> = {
    "GET /user": { email: "ada@example.com" },
    "GET /user/tokens/verify": { id: "t", status: "active" },
    "GET /accounts": [{ id: ACCOUNT, name: "Ada" }],
    "GET /memberships": [{ id: "m", account: { id: ACCOUNT, name: "Ada" } }],
    "GET /workers/subdomain": { subdomain: "ada" },
    [`GET /workers/workers/${NAME}`]: { id: "w", name: NAME, subdomain: { enabled: true, previews_enabled: true } },
    [`POST /workers/scripts/${NAME}/subdomain`]: { enabled: true, previews_enabled: true },
    [`POST /workers/scripts/${NAME}/assets-upload-session`]: { jwt: "assets", buckets: [] },
    [`PATCH /workers/scripts/${NAME}/script-settings`]: {},
  };
  return name in answers ? { result: answers[name] } : null;
}

function fail(status: number, code: number, message: string): ApiFailure {
  return { request: /./, status, code, message };
}

function send(response: ServerResponse, answer: Result): void {
  const isFailure = "code" in answer;
  const body = isFailure
    ? { success: false, errors: [{ code: answer.code, message: answer.message }], messages: [], result: null }
    : { success: true, errors: [], messages: [], result: answer.result, result_info: { page: 1, total_pages: 1 } };
  response.writeHead(isFailure ? answer.status : 200, { "content-type": "application/json" }).end(JSON.stringify(body));
}
