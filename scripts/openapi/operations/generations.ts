// Generations: create, list, read, cancel and delete.

import * as z from "zod/mini";
import { generationPageSchema, generationSchema } from "../../../src/contract/generation.ts";
import { listQuerySchema } from "../../../src/contract/requests.ts";
import type { Descriptions } from "../operation.ts";
import { CREATION_PROBLEMS, createRequestSchema, creationHeaders, RETIREMENT_HEADERS } from "./creation.ts";

const WAIT = "`wait=N`: answer once the generation has ended, or after N seconds (at most 60).";

const prefer = z.optional(z.string()).register(z.globalRegistry, { description: WAIT });

const preferToCreate = z.optional(z.string()).register(z.globalRegistry, {
  description:
    `${WAIT} \`handling=lenient\`: pass on fields that are not in the model's schema, at any depth; known fields are ` +
    "still checked. The default is `handling=strict`. Both can be combined: `wait=60, handling=lenient`.",
});

const CREATED_HEADERS = ["Location", "Preference-Applied", "Idempotent-Replayed", ...RETIREMENT_HEADERS] as const;

export const generationOperations: Descriptions = {
  "post /v1/generations": {
    id: "createGeneration",
    summary: "Create a generation",
    details:
      "The body has the model's own fields next to those described here. `GET /v1/models/{id}` returns their JSON Schema as " +
      "`input_schema`. While the provider takes no more jobs, the generation waits in line: `queue` is its place, and if the " +
      "provider refuses the input later, `generation.failed` reports it.",
    tag: "Generations",
    headers: z.object({ ...creationHeaders, Prefer: preferToCreate }),
    body: createRequestSchema,
    answers: {
      200: {
        description: "The generation ended within the requested wait.",
        body: generationSchema,
        headers: CREATED_HEADERS,
      },
      202: { description: "Accepted.", body: generationSchema, headers: CREATED_HEADERS },
    },
    problems: CREATION_PROBLEMS,
  },
  "get /v1/generations/{id}": {
    id: "getGeneration",
    summary: "Read a generation",
    tag: "Generations",
    headers: z.object({ Prefer: prefer }),
    answers: {
      200: { description: "OK", body: generationSchema, headers: ["Preference-Applied", ...RETIREMENT_HEADERS] },
    },
    problems: ["not_found"],
  },
  "delete /v1/generations/{id}": {
    id: "deleteGeneration",
    summary: "Delete a generation that has ended, and its video",
    tag: "Generations",
    answers: { 204: { description: "Deleted." } },
    problems: ["not_found", "in_progress"],
  },
  "post /v1/generations/{id}/cancel": {
    id: "cancelGeneration",
    summary: "Cancel a generation; the provider may still bill it",
    tag: "Generations",
    answers: { 200: { description: "OK", body: generationSchema } },
    problems: ["not_found", "already_finished"],
  },
  "get /v1/generations": {
    id: "listGenerations",
    summary: "List generations, newest first",
    details:
      "At most a second behind. Filters can be combined: a generation is listed if it passes all of them. With filters, a " +
      "page can be short or empty even if more pages follow, so read on while `has_more` is true.",
    tag: "Generations",
    query: listQuerySchema,
    answers: { 200: { description: "OK", body: generationPageSchema } },
    problems: ["invalid_request"],
  },
};
