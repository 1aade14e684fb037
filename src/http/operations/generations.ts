import { CREATE_EXAMPLE, CREATE_PROBLEMS, IDEMPOTENCY_KEY, type Operation, ok } from "./operation.ts";

const PREFER = {
  name: "Prefer",
  in: "header",
  description: "`wait=N`: answer when the generation has ended, or after up to N seconds, at most 60.",
} as const;

const LAST_EVENT_ID = {
  name: "Last-Event-ID",
  in: "header",
  description: "Go on after the event with this id.",
} as const;

const CREATE_HEADERS = ["Location", "Preference-Applied", "Idempotent-Replayed"] as const;

const VIDEO_PARAMETERS = [
  { name: "expires", in: "query", description: "Of a signed link: seconds since the Unix epoch." },
  { name: "signature", in: "query", description: "Of a signed link." },
  { name: "download", in: "query", description: "`1`: as an attachment." },
  { name: "If-Match", in: "header", description: "Only if the video has this `ETag`." },
  { name: "If-None-Match", in: "header", description: "`304` if the video has this `ETag`." },
] as const;

const RANGE = { name: "Range", in: "header", description: "One range of bytes." } as const;

const IF_RANGE = {
  name: "If-Range",
  in: "header",
  description: "The range only if the video has this `ETag`, else all of it.",
} as const;

const VIDEO_HEADERS = ["Accept-Ranges", "ETag"] as const;

const VIDEO_PROBLEMS = [
  "invalid_link",
  "not_found",
  "not_stored_yet",
  "precondition_failed",
  "range_not_satisfiable",
] as const;

export const GENERATION_OPERATIONS = [
  {
    id: "createGeneration",
    method: "post",
    path: "/v1/generations",
    summary: "Accept a generation.",
    tag: "Generations",
    parameters: [IDEMPOTENCY_KEY, PREFER],
    body: { schema: "CreateRequest", example: CREATE_EXAMPLE },
    answers: {
      "200": {
        description: "Waited for, and ended by now.",
        schema: "Generation",
        headers: CREATE_HEADERS,
      },
      "202": { description: "Accepted.", schema: "Generation", headers: CREATE_HEADERS },
    },
    problems: CREATE_PROBLEMS,
  },
  {
    id: "listGenerations",
    method: "get",
    path: "/v1/generations",
    summary: "List generations, the newest first.",
    tag: "Generations",
    answers: ok("GenerationList"),
    problems: ["invalid_request"],
  },
  {
    id: "getGeneration",
    method: "get",
    path: "/v1/generations/{id}",
    summary: "Read a generation.",
    tag: "Generations",
    parameters: [PREFER],
    answers: { "200": { description: "OK", schema: "Generation", headers: ["Preference-Applied"] } },
    problems: ["not_found"],
  },
  {
    id: "deleteGeneration",
    method: "delete",
    path: "/v1/generations/{id}",
    summary: "Delete a generation that has ended, with its video.",
    tag: "Generations",
    answers: { "204": { description: "Deleted." } },
    problems: ["not_found", "in_progress"],
  },
  {
    id: "cancelGeneration",
    method: "post",
    path: "/v1/generations/{id}/cancel",
    summary: "End a generation; the provider may still bill.",
    tag: "Generations",
    answers: ok("Generation"),
    problems: ["not_found", "already_finished"],
  },
  {
    id: "getVideo",
    method: "get",
    path: "/v1/generations/{id}/video",
    summary: "The stored video, with an API key or as a signed link.",
    tag: "Generations",
    parameters: [...VIDEO_PARAMETERS, RANGE, IF_RANGE],
    keyIsOptional: true,
    answers: {
      "200": { description: "The video.", type: "video/mp4", headers: VIDEO_HEADERS },
      "206": { description: "A part of it.", type: "video/mp4", headers: [...VIDEO_HEADERS, "Content-Range"] },
      "304": { description: "Not modified.", headers: VIDEO_HEADERS },
    },
    problems: VIDEO_PROBLEMS,
  },
  {
    id: "headVideo",
    method: "head",
    path: "/v1/generations/{id}/video",
    summary: "What the stored video is, without it.",
    tag: "Generations",
    parameters: VIDEO_PARAMETERS,
    keyIsOptional: true,
    answers: {
      "200": { description: "It is there.", headers: VIDEO_HEADERS },
      "304": { description: "Not modified.", headers: VIDEO_HEADERS },
    },
    problems: VIDEO_PROBLEMS,
  },
  {
    id: "getGenerationEvents",
    method: "get",
    path: "/v1/generations/{id}/events",
    summary: "What has happened, as JSON; with `Accept: text/event-stream` also what happens, until the end.",
    tag: "Generations",
    parameters: [LAST_EVENT_ID],
    answers: {
      "200": { description: "OK", schema: "Timeline", streams: true },
      "204": { description: "The event of `Last-Event-ID` was the last." },
    },
    problems: ["not_found"],
  },
  {
    id: "getEvents",
    method: "get",
    path: "/v1/events",
    summary: "What happens in the whole account and mode, as server-sent events.",
    tag: "Generations",
    parameters: [LAST_EVENT_ID],
    answers: { "200": { description: "A stream that does not end.", type: "text/event-stream" } },
    problems: [],
  },
] as const satisfies readonly Operation[];
