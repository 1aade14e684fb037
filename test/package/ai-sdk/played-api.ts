// Plays the API for one model: a `fetch` with an answer for each call, which records the requests.

import { createReelhook } from "../../../packages/reelhook/src/ai-sdk/index.ts";
import type { StartOptions } from "../../../packages/reelhook/src/ai-sdk/video-model.ts";
import { model, request, TEXT, URI } from "./request.ts";

export const ID = "gen_0123456789abcdefghjkmnpqrs";
export const VIDEO = new TextEncoder().encode("a video");

const SHA256 = "3dbe53a2de431feaea25139a6ea5eb705629d3fb419181298046d78d55acb055";

export const GENERATION = {
  ...{ id: ID, object: "generation", status: "queued", mode: "live", model: "vendor/model", deprecated: null },
  ...{ queue: null, progress: null, estimate: { usd: 0.5 }, usage: null, error: null, video: null },
};

export const COMPLETED = {
  ...GENERATION,
  status: "completed",
  usage: { credits: 1, usd: 0.5 },
  video: { url: "https://reelhook.example/v", bytes: VIDEO.length, content_type: "video/mp4", sha256: SHA256 },
};

type Answer = () => Response | Promise<Response>;

export interface PlayedCall {
  readonly call: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export function json(body: unknown, init: ResponseInit = {}): Answer {
  return () => Response.json(body, init);
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return json({ status, code, detail: `It is ${code}.`, request_id: "req_1" }, { status, headers });
}

export function video(body: BodyInit): Answer {
  return () => new Response(body, { headers: { "content-type": "video/mp4" } });
}

/** @param answers by the end of the path; by default, the model has three fields, and generations are accepted. */
export function play(answers: Readonly<Record<string, Answer>> = {}) {
  const calls: PlayedCall[] = [];
  const all: Readonly<Record<string, Answer>> = {
    "vendor%2Fmodel": json({ input_schema: model({ prompt: TEXT, image_url: URI, duration: { type: "integer" } }) }),
    generations: json(GENERATION, { status: 202 }),
    [ID]: json(COMPLETED),
    video: video(VIDEO),
    ...answers,
  };
  const provider = createReelhook({
    baseUrl: "https://reelhook.example",
    apiKey: "rh_test_key_0123456789",
    fetch: async (input, init = {}) => {
      const { pathname } = new URL(String(input));
      const body = init.body ? JSON.parse(new TextDecoder().decode(init.body as ArrayBuffer)) : {};
      calls.push({ call: `${init.method} ${pathname}`, headers: new Headers(init.headers), body });
      init.signal?.throwIfAborted();
      const answer = all[pathname.split("/").at(-1) ?? ""];
      if (answer === undefined) throw new Error(`nothing is played for ${pathname}`);
      return answer();
    },
  });
  return { model: provider.video("vendor/model"), calls };
}

export function start(options: Partial<StartOptions> = {}): StartOptions {
  return { ...request({ prompt: "A fairy." }), providerOptions: {}, ...options };
}
