// The stored video.

import * as z from "zod/mini";
import type { Answer, Descriptions } from "../operation.ts";

const query = z.object({
  v: z.optional(z.string()).register(z.globalRegistry, {
    description: "Part of a signed link: when the generation was created, in milliseconds since the Unix epoch.",
  }),
  expires: z
    .optional(z.string())
    .register(z.globalRegistry, { description: "Part of a signed link: seconds since the Unix epoch." }),
  signature: z.optional(z.string()).register(z.globalRegistry, { description: "Part of a signed link." }),
  download: z.optional(z.string()).register(z.globalRegistry, { description: "`1`: answer as an attachment." }),
});

const conditions = {
  "If-Match": z
    .optional(z.string())
    .register(z.globalRegistry, { description: "Answer only if the video has this `ETag`." }),
  "If-None-Match": z
    .optional(z.string())
    .register(z.globalRegistry, { description: "Answer `304` if the video has this `ETag`." }),
};

const PROBLEMS = [
  "invalid_link",
  "not_found",
  "not_stored_yet",
  "precondition_failed",
  "range_not_satisfiable",
] as const;

const NOT_MODIFIED: Answer = { description: "Not modified.", headers: ["Accept-Ranges", "ETag"] };

export const videoOperations: Descriptions = {
  "get /v1/generations/{id}/video": {
    id: "getVideo",
    summary: "Read the stored video, with an API key or as a signed link",
    tag: "Generations",
    query,
    headers: z.object({
      ...conditions,
      Range: z.optional(z.string()).register(z.globalRegistry, { description: "One range of bytes." }),
      "If-Range": z.optional(z.string()).register(z.globalRegistry, {
        description: "Answer with the range only if the video has this `ETag`, otherwise with the whole video.",
      }),
    }),
    answers: {
      200: { description: "The video.", type: "video/mp4", headers: ["Accept-Ranges", "ETag"] },
      206: { description: "A range.", type: "video/mp4", headers: ["Accept-Ranges", "ETag", "Content-Range"] },
      304: NOT_MODIFIED,
    },
    problems: PROBLEMS,
  },
  "head /v1/generations/{id}/video": {
    id: "headVideo",
    summary: "Read the headers of the stored video",
    tag: "Generations",
    query,
    headers: z.object(conditions),
    answers: { 200: { description: "OK", headers: ["Accept-Ranges", "ETag"] }, 304: NOT_MODIFIED },
    problems: PROBLEMS,
  },
};
