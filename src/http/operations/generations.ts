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
        headers: ["Location", "Preference-Applied"],
      },
      "202": { description: "Accepted.", schema: "Generation", headers: ["Location", "Preference-Applied"] },
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
    parameters: [
      { name: "expires", in: "query", description: "Of a signed link: seconds since the Unix epoch." },
      { name: "signature", in: "query", description: "Of a signed link." },
      { name: "download", in: "query", description: "`1`: as an attachment." },
      { name: "Range", in: "header", description: "One range of bytes." },
    ],
    answers: {
      "200": { description: "The video.", type: "video/mp4" },
      "206": { description: "A part of it.", type: "video/mp4" },
      "304": { description: "Not modified." },
    },
    problems: ["invalid_link", "not_found", "not_stored_yet", "precondition_failed", "range_not_satisfiable"],
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
