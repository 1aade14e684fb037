import { describe, expect, it } from "vitest";
import { type DeliveryInstruction, destinationOf } from "../../../src/core/webhooks/destination.ts";
import {
  afterOutcome,
  afterTest,
  changedEndpoint,
  GIVE_UP_MS,
  newEndpoint,
  subscribers,
} from "../../../src/core/webhooks/endpoint.ts";
import { endpointDeliveries, requestedDeliveries, webhookState } from "../../../src/core/webhooks/fan-out.ts";
import { activeValues, OVERLAP_MS, rotated, unrotated } from "../../../src/core/webhooks/rotation.ts";
import { delivery, T0 } from "../../support/lives.ts";

const MINUTE = 60_000;
const FIELDS = {
  url: "https://a.example.com/",
  events: ["generation.completed"],
  description: "",
  headers: {},
  clientCertificate: false,
} as const;

const fresh = newEndpoint(FIELDS, { id: "we_1", createdAt: T0, secrets: unrotated("s") });

const outcome = (at: number, status: number | null, error: string | null = null) => ({
  at,
  status,
  error,
  durationMs: 5,
  response: null as string | null,
});

describe("a rotated secret", () => {
  it("signs for a day alongside its successor", () => {
    const once = rotated(unrotated("a"), "b", T0);
    expect(activeValues(once, T0)).toEqual(["b", "a"]);
    expect(activeValues(once, T0 + OVERLAP_MS - 1)).toEqual(["b", "a"]);
    expect(activeValues(once, T0 + OVERLAP_MS)).toEqual(["b"]);
  });

  it("signs for its full day even if its successor is rotated too", () => {
    const twice = rotated(rotated(unrotated("a"), "b", T0), "c", T0 + MINUTE);
    expect(activeValues(twice, T0 + 2 * MINUTE)).toEqual(["c", "b", "a"]);
    expect(activeValues(twice, T0 + OVERLAP_MS)).toEqual(["c", "b"]);
  });

  it("signs only while it is among the six newest, to keep the header short", () => {
    let keys = unrotated(0);
    for (let next = 1; next <= 50; next++) keys = rotated(keys, next, T0);
    expect(activeValues(keys, T0)).toEqual([50, 49, 48, 47, 46, 45]);
  });
});

describe("an endpoint's health", () => {
  it("records the last success, the last failure and the start of the failing streak", () => {
    const failing = [outcome(T0, 204), outcome(T0 + 1, 500), outcome(T0 + 2, null, "no answer")].reduce(
      afterOutcome,
      fresh,
    );
    expect(failing).toMatchObject({ lastSuccessAt: T0, lastFailureAt: T0 + 2, failingSince: T0 + 1, disabled: null });
    expect(afterOutcome(failing, outcome(T0 + 3, 200))).toMatchObject({ lastSuccessAt: T0 + 3, failingSince: null });
  });

  it("keeps the newest thirty outcomes", () => {
    let endpoint = fresh;
    for (let at = 0; at < 50; at++) endpoint = afterOutcome(endpoint, outcome(T0 + at, 204));
    expect(endpoint.recent.map(({ at }) => at - T0)).toEqual(Array.from({ length: 30 }, (_, at) => at + 20));
  });

  it("disables the endpoint, with a reason, after three days in which every attempt failed", () => {
    const failing = afterOutcome(fresh, outcome(T0, 500));
    const days = [1, 2].reduce((each, day) => afterOutcome(each, outcome(T0 + day * 86_400_000, 500)), failing);
    expect(afterOutcome(days, outcome(T0 + GIVE_UP_MS - 1, 500)).disabled).toBeNull();
    expect(afterOutcome(days, outcome(T0 + GIVE_UP_MS, 503)).disabled).toEqual({
      at: T0 + GIVE_UP_MS,
      isFailing: true,
      reason: "Every attempt since 2026-11-22T12:00:00.000Z failed. Last result: status 503.",
    });
    const recovered = afterOutcome(days, outcome(T0 + 2 * 86_400_000 + 1, 200));
    expect(afterOutcome(recovered, outcome(T0 + GIVE_UP_MS + MINUTE, 500)).disabled).toBeNull();
  });

  it("restarts the three days after a long gap without attempts", () => {
    const failing = afterOutcome(fresh, outcome(T0, 500));
    expect(afterOutcome(failing, outcome(T0 + 10 * GIVE_UP_MS, 500))).toMatchObject({
      disabled: null,
      failingSince: T0 + 10 * GIVE_UP_MS,
    });
  });

  it("includes tests: a failed one never disables, a successful one ends the failing streak", () => {
    const failed = afterTest(fresh, outcome(T0, 410));
    expect(failed).toMatchObject({ disabled: null, failingSince: null, lastFailureAt: T0, recent: [{ status: 410 }] });
    const failing = afterOutcome(fresh, outcome(T0, 500));
    expect(afterTest(failing, outcome(T0 + 1, 500)).failingSince).toBe(T0);
    expect(afterTest(failing, outcome(T0 + 1, 200)).failingSince).toBeNull();
  });

  it("does not let failed tests prolong a failing streak", () => {
    const DAY = 86_400_000;
    const failing = afterOutcome(fresh, outcome(T0, 500));
    const tested = [1, 2, 3, 4].reduce((each, day) => afterTest(each, outcome(T0 + day * DAY, 500)), failing);
    expect(tested.lastFailureAt).toBe(T0);
    expect(afterOutcome(tested, outcome(T0 + 5 * DAY, 500))).toMatchObject({
      disabled: null,
      failingSince: T0 + 5 * DAY,
    });
  });

  it("starts no failing streak for an attempt that began before the last success", () => {
    const well = afterOutcome(fresh, outcome(T0 + MINUTE, 204));
    const late = afterOutcome(well, outcome(T0 + MINUTE - 1, null, "no answer within 15 s"));
    expect(late).toMatchObject({ failingSince: null, disabled: null, lastFailureAt: T0 + MINUTE - 1 });
    expect(late.recent).toHaveLength(2);
    const failing = afterOutcome(late, outcome(T0 + 2 * MINUTE, 500));
    expect(afterOutcome(failing, outcome(T0 + MINUTE - 2, 500)).failingSince).toBe(T0 + 2 * MINUTE);
  });

  it("disables the endpoint at once on a 410", () => {
    expect(afterOutcome(fresh, outcome(T0, 410)).disabled).toEqual({
      at: T0,
      reason: "Answered 410 Gone.",
      isFailing: false,
    });
  });
});

describe("an endpoint", () => {
  it("has its full three days again once it is re-enabled", () => {
    const hours = Array.from({ length: 73 }, (_, hour) => outcome(T0 + hour * 3_600_000, 500));
    const disabled = hours.reduce(afterOutcome, fresh);
    expect(disabled.disabled?.isFailing).toBe(true);
    const enabled = changedEndpoint(disabled, { enabled: true }, T0 + GIVE_UP_MS);
    expect(enabled).toMatchObject({ disabled: null, failingSince: null });
    expect(afterOutcome(enabled, outcome(T0 + GIVE_UP_MS + 1, 500)).disabled).toBeNull();
  });

  it("keeps its original reason when it is disabled twice", () => {
    const gone = afterOutcome(fresh, outcome(T0, 410));
    expect(changedEndpoint(gone, { enabled: false }, T0 + 1).disabled).toEqual(gone.disabled);
    expect(changedEndpoint(fresh, { enabled: false }, T0).disabled).toEqual({
      at: T0,
      reason: "Disabled through the API.",
      isFailing: false,
    });
  });

  it("ends its failing streak when its URL changes, because the new host has not failed", () => {
    const failing = afterOutcome(fresh, outcome(T0, 500));
    expect(changedEndpoint(failing, { url: "https://new.example.com/" }, T0).failingSince).toBeNull();
    expect(changedEndpoint(failing, { url: failing.url, description: "same" }, T0).failingSince).toBe(T0);
  });

  it("receives the events it subscribes to while it is enabled, once per URL", () => {
    const started = { ...fresh, id: "we_2", events: ["generation.started"] } as const;
    const twin = { ...fresh, id: "we_3" };
    const off = {
      ...fresh,
      id: "we_4",
      url: "https://b.example.com/",
      disabled: { at: T0, reason: "", isFailing: false },
    };
    const ids = (event: "generation.started" | "generation.completed" | "generation.failed") =>
      subscribers([fresh, started, twin, off], event).map(({ endpointId }) => endpointId);
    expect(ids("generation.completed")).toEqual(["we_1"]);
    expect(ids("generation.started")).toEqual(["we_2"]);
    expect(ids("generation.failed")).toEqual([]);
    // An endpoint disabled for failing is not called, but its missed events are recorded.
    const failing = { ...fresh, id: "we_5", disabled: { at: T0, reason: "", isFailing: true } };
    expect(subscribers([failing], "generation.completed")).toMatchObject([{ endpointId: "we_5", isMissing: true }]);
    expect(subscribers([failing, twin], "generation.completed")).toMatchObject([
      { endpointId: "we_3", isMissing: false },
    ]);
  });
});

describe("one URL in two spellings", () => {
  const spelled = { ...fresh, id: "we_9", url: "https://A.example.com:443" };

  it("is one recipient, one delivery and one failing streak", () => {
    expect(subscribers([fresh, spelled], "generation.completed").map(({ endpointId }) => endpointId)).toEqual(["we_1"]);
    const requested = delivery("a", { url: fresh.url });
    const told = { type: "generation.completed", at: T0 } as const;
    const recipient = { url: spelled.url, endpointId: spelled.id };
    expect(endpointDeliveries(told, [recipient], { existing: [requested], newId: () => "msg_new" })).toEqual([
      { ...requested, endpointId: spelled.id },
    ]);
    const failing = afterOutcome(fresh, outcome(T0, 500));
    expect(changedEndpoint(failing, { url: spelled.url }, T0 + 1)).toMatchObject({
      url: spelled.url,
      failingSince: T0,
    });
  });

  it("is signed with the same endpoint secret", () => {
    const shared = delivery("a", { url: fresh.url, endpointId: spelled.id });
    const endpoint = { url: spelled.url, enabled: true, headers: {}, clientCertificate: false, secrets: ["e"] };
    const instruction = { rotation: unrotated(0), isWatched: false, endpoint };
    expect(destinationOf(shared, { instruction, lastRotation: unrotated(0), now: T0 })).toMatchObject({
      url: fresh.url,
      keys: { endpointSecrets: ["e"] },
    });
  });
});

describe("fan-out to standing endpoints", () => {
  const event = { type: "generation.completed", at: T0 } as const;
  const recipient = { url: "https://a.example.com/", endpointId: "we_1" };
  const newId = () => "msg_new";

  it("creates one delivery per endpoint, dated when the event happened", () => {
    expect(endpointDeliveries(event, [recipient], { existing: [], newId })).toMatchObject([
      { id: "msg_new", url: recipient.url, endpointId: "we_1", requested: false, createdAt: T0 },
    ]);
  });

  it("records what an endpoint disabled for failing misses, so that it can be sent later", () => {
    const missing = { ...recipient, isMissing: true };
    expect(endpointDeliveries(event, [missing], { existing: [], newId })).toMatchObject([
      { endpointId: "we_1", state: "failed", nextAttemptAt: null, attempts: [] },
    ]);
  });

  it("shares the delivery of a URL that the request also named", () => {
    const requested = delivery("a", { url: recipient.url });
    expect(endpointDeliveries(event, [recipient], { existing: [requested], newId })).toEqual([
      { ...requested, endpointId: "we_1" },
    ]);
    const shared = { ...requested, endpointId: "we_1" };
    expect(endpointDeliveries(event, [recipient], { existing: [shared], newId })).toEqual([]);
  });

  it("skips a URL that is gone", () => {
    const gone = delivery("a", { url: recipient.url, event: "generation.started", state: "gone" });
    expect(endpointDeliveries(event, [recipient], { existing: [gone], newId })).toEqual([]);
  });

  it("does not affect the state of a webhook of the request", () => {
    const webhook = { url: recipient.url, events: ["generation.started"] } as const;
    const [own] = requestedDeliveries({ type: "generation.started", at: T0 }, [webhook], { existing: [], newId });
    if (own === undefined) throw new Error("no delivery");
    const standing = delivery("b", { url: recipient.url, requested: false, endpointId: "we_1", state: "failed" });
    expect(webhookState(webhook, [{ ...own, state: "delivered" }, standing], true)).toBe("delivered");
  });
});

describe("the destination of a delivery", () => {
  const rotation = rotated(unrotated(0), 1, T0);
  const endpoint = {
    url: "https://moved.example.com/",
    enabled: true,
    headers: { "x-key": "v" },
    clientCertificate: true,
    secrets: ["e"],
  };
  const requested = delivery("a");
  const standing = delivery("b", { requested: false, endpointId: "we_1" });
  const at = (instruction: DeliveryInstruction | null) => ({ instruction, lastRotation: unrotated(7), now: T0 });

  it("is the URL of a webhook of the request, signed by the scope", () => {
    expect(destinationOf(requested, at({ rotation, isWatched: false, endpoint: null }))).toEqual({
      kind: "send",
      url: requested.url,
      headers: {},
      clientCertificate: false,
      keys: { hmacRotations: [1, 0], ed25519Rotations: [1, 0], endpointSecrets: [] },
    });
  });

  it("is the same when the account does not answer, signed by its last known rotation", () => {
    expect(destinationOf(requested, at(null))).toMatchObject({ kind: "send", keys: { hmacRotations: [7] } });
  });

  it("is a standing endpoint's current URL, signed by its own secret and the scope's key pair", () => {
    expect(destinationOf(standing, at({ rotation, isWatched: false, endpoint }))).toEqual({
      kind: "send",
      url: endpoint.url,
      headers: { "x-key": "v" },
      clientCertificate: true,
      keys: { hmacRotations: [], ed25519Rotations: [1, 0], endpointSecrets: ["e"] },
    });
  });

  it("is the request's URL, signed with both secrets, if a standing endpoint has the same URL", () => {
    const shared = delivery("c", { endpointId: "we_1" });
    expect(
      destinationOf(shared, at({ rotation, isWatched: false, endpoint: { ...endpoint, url: shared.url } })),
    ).toMatchObject({
      url: shared.url,
      headers: { "x-key": "v" },
      keys: { hmacRotations: [1, 0], endpointSecrets: ["e"] },
    });
    // The endpoint's headers and secrets are not used once it has moved or is disabled.
    for (const other of [endpoint, { ...endpoint, url: shared.url, enabled: false }]) {
      expect(destinationOf(shared, at({ rotation, isWatched: false, endpoint: other }))).toMatchObject({
        url: shared.url,
        headers: {},
        clientCertificate: false,
        keys: { hmacRotations: [1, 0], endpointSecrets: [] },
      });
    }
  });

  it.each([
    ["has been deleted", { rotation, isWatched: false, endpoint: null }, "final"],
    ["is disabled", { rotation, isWatched: false, endpoint: { ...endpoint, enabled: false } }, "counted"],
    ["could not be loaded", null, "uncounted"],
  ])("is withheld with a reason that contains %j", (reason, instruction, unsent) => {
    expect(destinationOf(standing, at(instruction))).toEqual({
      kind: "withheld",
      error: expect.stringContaining(reason),
      unsent,
    });
  });
});
