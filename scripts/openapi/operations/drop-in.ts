// The provider's own API, served from here.

import * as z from "zod/mini";
import { providerJobSchema } from "../../../src/contract/drop-in.ts";
import { RUNWAY_PATH, UNIVERSAL_PATH } from "../../../src/core/models/model.ts";
import type { Description, Descriptions } from "../operation.ts";
import { CREATION_PROBLEMS, createRequestSchema, creationHeaders, RETIREMENT_HEADERS } from "./creation.ts";

const submit: Omit<Description, "id"> = {
  summary:
    "Create a generation, in the provider's format; `webhook_url` may be added, and other unknown fields are passed on",
  tag: "Drop-in",
  headers: z.object(creationHeaders),
  body: createRequestSchema,
  answers: {
    201: {
      description: "Accepted.",
      body: providerJobSchema,
      headers: ["Idempotent-Replayed", ...RETIREMENT_HEADERS],
    },
  },
  problems: CREATION_PROBLEMS,
};

const poll: Omit<Description, "id"> = {
  summary: "Read a generation, in the provider's format",
  tag: "Drop-in",
  query: z.object({
    generation_id: z.string().register(z.globalRegistry, { description: "The `id` that submitting returned." }),
  }),
  answers: { 200: { description: "OK", body: providerJobSchema, headers: RETIREMENT_HEADERS } },
  problems: ["invalid_request", "not_found"],
};

export const dropInOperations: Descriptions = {
  [`post ${RUNWAY_PATH}`]: { id: "submitRunway", ...submit },
  [`get ${RUNWAY_PATH}`]: { id: "pollRunway", ...poll },
  [`post ${UNIVERSAL_PATH}`]: { id: "submitUniversal", ...submit },
  [`get ${UNIVERSAL_PATH}`]: { id: "pollUniversal", ...poll },
};
