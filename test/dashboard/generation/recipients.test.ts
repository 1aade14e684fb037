import { describe, expect, it } from "vitest";
import { TERMINAL_EVENTS } from "../../../src/contract/words.ts";
import { announcement, recipientsOf, type Standing } from "../../../src/dashboard/generation/recipients.ts";

const webhook = (url: string, events: Standing["events"] = TERMINAL_EVENTS) => ({ url, events });

const endpoint = (id: string, url: string, change: Partial<Standing> = {}): Standing => {
  return { id, url, events: TERMINAL_EVENTS, enabled: true, ...change };
};

const running = (...webhooks: ReturnType<typeof webhook>[]) => {
  return {
    status: "generating" as const,
    started_at: "2026-05-01T12:00:00.000Z",
    webhooks: webhooks.map((each) => ({ ...each, state: "pending" as const })),
  };
};

describe("the recipients of a generation", () => {
  it("are the webhooks of its request and the enabled endpoints", () => {
    const endpoints = [
      endpoint("we_1", "https://b.example"),
      endpoint("we_2", "https://c.example", { enabled: false }),
    ];
    expect(recipientsOf(running(webhook("https://a.example")), [], endpoints)).toEqual([
      { url: "https://a.example", events: TERMINAL_EVENTS, endpointId: null },
      { url: "https://b.example", events: TERMINAL_EVENTS, endpointId: "we_1" },
    ]);
  });

  it("are told of what is still to happen", () => {
    const endpoints = [
      endpoint("we_1", "https://a.example", { events: ["generation.started"] }),
      endpoint("we_2", "https://b.example", { events: ["generation.started", "generation.failed"] }),
    ];
    const eventsOf = (started_at: string | null) =>
      recipientsOf({ ...running(), started_at }, [], endpoints).map(({ events }) => events);
    expect(eventsOf(null)).toEqual([["generation.started"], ["generation.started", "generation.failed"]]);
    expect(eventsOf("2026-05-01T12:00:00.000Z")).toEqual([["generation.failed"]]);
    expect(recipientsOf({ ...running(webhook("https://a.example")), status: "canceled" }, [], endpoints)).toEqual([]);
  });

  it("include a URL once, and none that has answered 410", () => {
    const generation = running(webhook("https://a.example", ["generation.failed"]), webhook("https://b.example"));
    const endpoints = [endpoint("we_1", "https://a.example", { events: ["generation.completed"] })];
    expect(recipientsOf(generation, [{ url: "https://b.example", state: "gone" }], endpoints)).toEqual([
      { url: "https://a.example", events: ["generation.failed", "generation.completed"], endpointId: "we_1" },
    ]);
  });

  it("are those of the request while the endpoints are not known", () => {
    expect(recipientsOf(running(webhook("https://a.example")), [], null)).toHaveLength(1);
  });
});

it("are announced by kind", () => {
  const one = { url: "https://a.example", events: TERMINAL_EVENTS, endpointId: null };
  const standing = { ...one, endpointId: "we_1" };
  expect([[one], Array(4).fill(standing), [one, one, standing]].map(announcement)).toEqual([
    "1 webhook of the request will be told.",
    "4 webhook endpoints will be told.",
    "2 webhooks of the request and 1 webhook endpoint will be told.",
  ]);
});
