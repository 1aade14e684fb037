// Holds answers to what the API's description says of them.

import { schemas } from "../../src/http/openapi.ts";
import { OPERATIONS } from "../../src/http/operations.ts";
import { PAGES } from "../../src/http/pages.ts";
import {
  alwaysPossible,
  isProblemCode,
  type ProblemCode,
  providerStatusOf,
  statusOfCode,
} from "../../src/http/problem-codes.ts";

const SCHEMAS = schemas();

/** @throws when the operation does not say that it answers so: with that status, type, body, or problem. */
export async function holdToDescription(method: string, url: string, response: Response): Promise<void> {
  const { pathname } = new URL(url);
  const asked = method === "HEAD" ? "get" : method.toLowerCase();
  if (PAGES.some((path) => path === pathname) && response.ok) return;
  const operation = OPERATIONS.find(({ path, method }) => method === asked && patternOf(path).test(pathname));
  const wrong = (why: string) => new Error(`${method} ${pathname} → ${response.status}: ${why}`);
  const [type] = (response.headers.get("content-type") ?? "").split(";");
  const answer = operation?.answers[String(response.status)];
  if (answer !== undefined) {
    const described = answer.type ?? (answer.schema === undefined ? "" : "application/json");
    const types = answer.streams ? [described, "text/event-stream"] : [described];
    // Videos are of the type that they are.
    if (!types.includes(type ?? "") && described !== "video/mp4") throw wrong(`comes as ${type}, not ${types}`);
    if (answer.schema !== undefined && type === "application/json" && method !== "HEAD") {
      await hold(answer.schema, response, wrong);
    }
    return;
  }
  const isDropIn = pathname.startsWith("/v2/");
  if (operation === undefined) {
    // Questions of browsers, and paths and methods that there are not.
    if (![204, 401, 404, 405].includes(response.status) && response.status < 400)
      throw wrong("no operation describes it");
    return;
  }
  const possible = [...operation.problems, ...alwaysPossible(operation)];
  const statusOf = isDropIn ? providerStatusOf : statusOfCode;
  if (!possible.some((code) => statusOf(code) === response.status)) throw wrong("this status is not described");
  if (method === "HEAD") return;
  const { code } = await hold(isDropIn ? "ProviderError" : "Problem", response, wrong);
  if (!isDropIn && !(isProblemCode(code) && possible.includes(code as ProblemCode)))
    throw wrong(`${code} is not described`);
}

/** @throws when that is not what the description says that webhooks are sent. */
export function holdWebhook(body: string): void {
  const sent = JSON.parse(body) as { readonly type?: string };
  const name = sent.type === "webhook.test" ? "TestEvent" : "Event";
  const held = SCHEMAS[name]?.safeParse(sent);
  if (!held?.success) throw new Error(`is no ${name}: ${JSON.stringify(held?.error.issues)}; it is ${body}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`);
}

async function hold(name: string, response: Response, wrong: (why: string) => Error): Promise<{ code?: string }> {
  const body = await response.clone().json<{ code?: string }>();
  const held = SCHEMAS[name]?.safeParse(body);
  if (!held?.success)
    throw wrong(`is no ${name}: ${JSON.stringify(held?.error.issues)}; it is ${JSON.stringify(body)}`);
  return body;
}
