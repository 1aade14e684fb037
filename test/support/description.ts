// Checks answers against the descriptions of their routes.

import * as z from "zod/mini";
import { type Operation, problemsOf } from "../../scripts/openapi/operation.ts";
import { OPERATIONS } from "../../scripts/openapi/operations.ts";
import { providerErrorSchema } from "../../src/contract/drop-in.ts";
import { eventSchema, testEventSchema } from "../../src/contract/events.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { type PROBLEM_CODES, PROBLEMS } from "../../src/contract/problems.ts";
import { providerStatusOf } from "../../src/http/drop-in.ts";
import { PAGES } from "../../src/http/pages.ts";

/** @throws if the description of the operation does not allow the answer's status, type, body or problem code. */
export async function holdToDescription(method: string, url: string, response: Response): Promise<void> {
  const { pathname } = new URL(url);
  if (PAGES.some((path) => path === pathname) && response.ok) return;
  const here = OPERATIONS.filter((each) => patternOf(each).test(pathname));
  // Some HEAD operations are described on their own; all others answer as their GET does.
  const asked = [method.toLowerCase(), ...(method === "HEAD" ? ["get"] : [])];
  const operation = asked.map((name) => here.find(({ method }) => method === name)).find((each) => each !== undefined);
  const wrong = (why: string) => new Error(`${method} ${pathname} → ${response.status}: ${why}`);
  const [type] = (response.headers.get("content-type") ?? "").split(";");
  const answer = operation?.answers[response.status];
  if (answer !== undefined) {
    if (method === "HEAD") return;
    const described = answer.type ?? (answer.body === undefined ? "" : "application/json");
    const types = answer.streams ? [described, "text/event-stream"] : [described];
    // A video has the type that the provider gave it.
    if (!types.includes(type ?? "") && described !== "video/mp4") throw wrong(`comes as ${type}, not ${types}`);
    if (answer.body !== undefined && type === "application/json") {
      await hold(answer.body, response, wrong);
    }
    return;
  }
  const isDropIn = pathname.startsWith("/v2/");
  if (operation === undefined) {
    // CORS preflights, and problems of paths and methods that do not exist.
    if (response.status !== 204 && response.status < 400) throw wrong("no operation describes it");
    if (response.status === 500) throw wrong("it crashed");
    return;
  }
  const possible = problemsOf(operation);
  const statusOf = (code: (typeof PROBLEM_CODES)[number]) => (isDropIn ? providerStatusOf(code) : PROBLEMS[code][0]);
  if (!possible.some((code) => statusOf(code) === response.status)) throw wrong("this status is not described");
  if (method === "HEAD") return;
  if (isDropIn) {
    await hold(providerErrorSchema, response, wrong);
    return;
  }
  const { code } = await hold(problemSchema, response, wrong);
  if (!possible.includes(code)) throw wrong(`${code} is not described`);
}

/** @throws if the body of a webhook does not match its schema. */
export function holdWebhook(body: string): void {
  const sent = JSON.parse(body) as { readonly type?: string };
  const schema = sent.type === "webhook.test" ? testEventSchema : eventSchema;
  const held = schema.safeParse(sent);
  if (!held.success) throw new Error(`not a ${idOf(schema)}: ${JSON.stringify(held.error.issues)}; it is ${body}`);
}

function patternOf({ path, takesSlashes }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, takesSlashes ? ".+" : "[^/]+")}$`);
}

function idOf(schema: z.ZodMiniType): string {
  return z.globalRegistry.get(schema)?.id ?? "body of this schema";
}

async function hold<S extends z.ZodMiniType>(
  schema: S,
  response: Response,
  wrong: (why: string) => Error,
): Promise<z.output<S>> {
  const body = await response.clone().json();
  const held = schema.safeParse(body);
  if (!held.success)
    throw wrong(`not a ${idOf(schema)}: ${JSON.stringify(held.error.issues)}; it is ${JSON.stringify(body)}`);
  return held.data;
}
