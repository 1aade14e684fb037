import { describe, expect, it } from "vitest";
import { dueActions, dueExpiry, isSettled, nextWake } from "../../../src/core/generation/agenda.ts";
import type { Life } from "../../../src/core/generation/life.ts";
import type { Generation } from "../../../src/core/generation/record.ts";
import { TOMBSTONE_MS } from "../../../src/core/generation/removal.ts";
import { newDelivery } from "../../../src/core/webhooks/delivery.ts";
import { applied, changed, FACTS, inPhase, life, memory, stateOf, stepped, T0 } from "../../support/lives.ts";

const due = (generation: Generation, now: number) => dueActions(life(generation), memory(1e9), now);

const cancel = (generation: Generation, now: number) => changed(generation, { kind: "canceled" }, now);

const remove = (generation: Generation, now: number) =>
  changed(generation, { kind: "removed", requestId: "r" }, now).generation;

const isForgotten = (generation: Generation, now: number) =>
  dueExpiry(life(generation), memory(), now)?.kind === "forget";

/** The answer of an account that has no standing endpoints. */
const HEARD = { kind: "done", endpoints: {}, rotation: { current: 0, retired: [] } } as const;

describe("a generation whose retention has ended", () => {
  const retryDelaysMs = [1_000, 2 * 86_400_000];
  const generation = inPhase("completed", {}, { policy: { ...FACTS.policy, retentionMs: 1_000, retryDelaysMs } });
  const end = stateOf(generation, "completed").finishedAt + 1_000;
  /** A wait is at least the longest `Retry-After`, a day, plus 20 %. Each of three attempts may wait an hour in line. */
  const latest = end + 1.2 * 3 * 86_400_000 + 3 * 3_600_000;
  const delivery = newDelivery(
    "msg_1",
    "generation.completed",
    { url: "https://a.example.com/", endpointId: null },
    T0,
  );
  const expiryAt = (nextAttemptAt: number | null, now: number) =>
    dueExpiry({ generation, deliveries: [{ ...delivery, nextAttemptAt }] }, memory(), now)?.kind ?? null;

  it("waits for deliveries that are not settled", () => {
    expect(expiryAt(null, end)).toBe("remove");
    expect(expiryAt(end + 1, end)).toBeNull();
  });

  it("audit 12: is not kept longer than one run of the schedule by redeliveries", () => {
    let redelivery: Life = { generation, deliveries: [delivery] };
    for (const now of [end - 1, end + 86_400_000, latest - 1]) {
      redelivery = stepped(redelivery, { kind: "redeliver", deliveryId: "msg_1" }, now).life ?? redelivery;
      expect(redelivery.generation.deletedAt).toBeNull();
    }
    expect(nextWake({ generation, deliveries: [{ ...delivery, nextAttemptAt: latest + 1 }] }, memory(), end)).toBe(
      latest,
    );
    expect(stepped(redelivery, { kind: "redeliver", deliveryId: "msg_1" }, latest).life?.generation.deletedAt).toBe(
      latest,
    );
  });
});

describe("a deleted generation", () => {
  const facts = { metadata: { a: "b" }, webhooks: [{ url: "https://x.example.com/", events: [] }] };
  const deleted = remove(inPhase("completed", {}, facts), T0 + 1_000);

  it("keeps none of the caller's data", () => {
    expect(deleted).toMatchObject({ input: {}, metadata: {}, webhooks: [] });
  });

  it("retries its purge and its report until each succeeds", () => {
    expect(due(deleted, T0 + 1_000).map(({ kind }) => kind)).toEqual(["report", "purge"]);
    const failed = applied(deleted, { kind: "purge", result: { kind: "unavailable" } }, T0 + 1_000).generation;
    expect(due(failed, T0 + 2_000).map(({ kind }) => kind)).toEqual(["report"]);
    expect(due(failed, T0 + 601_000).map(({ kind }) => kind)).toEqual(["report", "purge"]);
    const purged = applied(failed, { kind: "purge", result: { kind: "done" } }, T0 + 61_000).generation;
    const known = applied(
      purged,
      { kind: "report", status: "deleted", version: 9, result: HEARD },
      T0 + 61_000,
    ).generation;
    expect(isSettled(life(known))).toBe(true);
    expect(due(known, T0 + 1e9)).toEqual([]);
  });

  it("keeps no error message, because it may repeat the prompt", () => {
    const failed = remove(inPhase("failed"), T0);
    expect(stateOf(failed, "failed").error).toMatchObject({ code: "provider_error", message: "" });
  });

  it("is not purged until an aborted copy has had time to land", () => {
    const canceled = cancel(inPhase("storing"), T0).generation;
    expect(remove(canceled, T0 + 1_000).purgeAt).toBe(T0 + 60_000);
  });

  it("keeps its tombstone while its input may still be in R2", () => {
    const staged = { ...deleted, purgeAt: null, stagedInput: { key: "k", deleteAt: T0 } };
    const known = applied(staged, { kind: "report", status: "deleted", version: 9, result: HEARD }, T0).generation;
    expect(isForgotten(known, T0 + 1_000 + TOMBSTONE_MS)).toBe(false);
  });

  it("keeps a tombstone for a day, and until it is purged and reported", () => {
    const purged = applied(deleted, { kind: "purge", result: { kind: "done" } }, T0 + 1_000).generation;
    const known = applied(
      purged,
      { kind: "report", status: "deleted", version: 9, result: HEARD },
      T0 + 1_000,
    ).generation;
    const end = T0 + 1_000 + TOMBSTONE_MS;
    expect(nextWake(life(known), memory(), T0 + 2_000)).toBe(end);
    expect([end - 1, end].map((now) => isForgotten(known, now))).toEqual([false, true]);
    expect(isForgotten(deleted, end)).toBe(false);
    expect(isForgotten(purged, end)).toBe(false);
  });

  it("keeps no event bodies, not even one created in the same step", () => {
    const generation = inPhase("canceled", {}, { policy: { ...FACTS.policy, retentionMs: 1_000 } });
    const event = { type: "generation.canceled", at: T0, body: "{}" } as const;
    const recipient = { url: "https://a.example.com/", endpointId: "we_1", isMissing: true };
    const result = { ...HEARD, endpoints: { "generation.canceled": [recipient] } };
    const { life: after, changes } = stepped(
      life({ ...generation, unresolved: [event] }),
      { kind: "outcome", outcome: { kind: "report", status: "canceled", version: 9, result }, isStale: false },
      T0 + 60_000,
    );
    expect(after?.generation.deletedBy).toBe("retention");
    expect([after?.deliveries, changes.deliveries, changes.bodies.size]).toEqual([[], [], 0]);
  });
});
