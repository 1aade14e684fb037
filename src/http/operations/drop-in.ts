import { CREATE_EXAMPLE, CREATE_PROBLEMS, IDEMPOTENCY_KEY, type Operation, ok } from "./operation.ts";

function onPath<const P extends string, const N extends string>(path: P, name: N) {
  return [
    {
      id: `submit${name}`,
      method: "post",
      path,
      summary: "Submit, as to the provider; `webhook_url` may be added.",
      tag: "Drop-in",
      parameters: [IDEMPOTENCY_KEY],
      body: { schema: "CreateRequest", example: CREATE_EXAMPLE },
      answers: { "201": { description: "Accepted.", schema: "ProviderJob", headers: ["Idempotent-Replayed"] } },
      problems: CREATE_PROBLEMS,
    },
    {
      id: `poll${name}`,
      method: "get",
      path,
      summary: "Poll, as at the provider.",
      tag: "Drop-in",
      parameters: [
        { name: "generation_id", in: "query", description: "Of the answer to the submission.", required: true },
      ],
      answers: ok("ProviderJob"),
      problems: ["invalid_request", "not_found"],
    },
  ] as const satisfies readonly Operation[];
}

export const DROP_IN_OPERATIONS = [
  ...onPath("/v2/generate/video/runway/generation", "Runway"),
  ...onPath("/v2/video/generations", "Universal"),
] as const;
