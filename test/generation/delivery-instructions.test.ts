import { describe, expect, it } from "vitest";
import type { ReportAnswer } from "../../src/core/generation/action.ts";
import type { Life } from "../../src/core/generation/life.ts";
import { type Delivery, newDelivery } from "../../src/core/webhooks/delivery.ts";
import type { DeliveryInstruction } from "../../src/core/webhooks/destination.ts";
import { unrotated } from "../../src/core/webhooks/rotation.ts";
import { DeliveryInstructions } from "../../src/generation/delivery-instructions.ts";
import type { Accounts } from "../../src/generation/ports.ts";

const NOW = 1_000_000;

const dueTo = (endpointId: string | null, at: number, dueAt = NOW): Delivery =>
  newDelivery(`msg_${at}`, "generation.completed", { url: `https://example.com/${at}`, endpointId }, dueAt);

/**
 * An account that answers its nth question with rotation n, or not at all.
 *
 * @param line of every host.
 */
function asking(deliveries: readonly Delivery[], answers = true, line: DeliveryInstruction["line"] = null) {
  const questions: (string | null)[][] = [];
  /** The deliveries that asked for a turn, by URL, in each question. */
  const turns: [string, number | null][][] = [];
  const accounts = {
    deliveryInstructions: async (_, asked) => {
      questions.push(asked.map(({ endpointId }) => endpointId));
      turns.push(asked.flatMap(({ url, turn }) => (turn === undefined ? [] : [[url, turn]])));
      const instruction: DeliveryInstruction = {
        rotation: unrotated(questions.length),
        isWatched: false,
        endpoint: null,
        line,
      };
      return answers ? asked.map(() => instruction) : null;
    },
  } as Pick<Accounts, "deliveryInstructions"> as Accounts;
  const life = { generation: { scope: { account: "acme", mode: "live" } }, deliveries } as unknown as Life;
  const clock = { time: NOW, now: () => clock.time, random: () => 0 };
  const instructions = new DeliveryInstructions();
  const rotationFor = async (delivery: Delivery) =>
    (await instructions.of(delivery, life, accounts, clock))?.rotation.current ?? null;
  /** Sends a report of an event with these subscribers. The account answers it with rotation 100. */
  const report = (endpointIds: readonly string[], has: "instructions" | "no instructions" | "no answer") =>
    instructions.withReport(life, clock, async (targets): Promise<ReportAnswer | null> => {
      const rotation = unrotated(100);
      if (has !== "instructions") return has === "no answer" ? null : { endpoints: {}, rotation };
      const subscribers = endpointIds.map((endpointId) => ({ ...dueTo(endpointId, 9), endpointId }));
      const instruction = { rotation, isWatched: false, endpoint: null, line };
      return {
        endpoints: {},
        rotation,
        instructions: [...targets, ...subscribers].map((target) => ({ target, instruction })),
      };
    });
  return { instructions, questions, turns, clock, rotationFor, report };
}

describe("delivery instructions", () => {
  it("are fetched in one call for all due deliveries, with one entry for all requested webhooks of a host", async () => {
    const deliveries = [dueTo("we_1", 1), dueTo("we_2", 2), dueTo(null, 3), dueTo(null, 4)];
    const { questions, rotationFor } = asking(deliveries);
    expect(await Promise.all(deliveries.map(rotationFor))).toEqual([1, 1, 1, 1]);
    expect(questions).toEqual([["we_1", "we_2", null]]);
  });

  it("are fetched again for a delivery that became due later, such as a redelivery", async () => {
    const first = dueTo(null, 1);
    const { clock, rotationFor } = asking([first]);
    await rotationFor(first);
    clock.time += 500;
    const attempts = [{ at: NOW, durationMs: 1, status: 500, error: null, response: null }];
    expect(await rotationFor({ ...first, attempts, nextAttemptAt: NOW + 500 })).toBe(2);
  });

  it("are fetched again after a second, and for a delivery missing from the last call", async () => {
    const [first, later] = [dueTo("we_1", 1), dueTo("we_2", 2, NOW + 100)];
    const { clock, rotationFor } = asking([first, later]);
    expect(await rotationFor(first)).toBe(1);
    clock.time += 100;
    expect(await rotationFor(later)).toBe(2);
    clock.time += 1_000;
    expect(await rotationFor(later)).toBe(3);
  });

  it("come with the answer to a report, for a second, or ten if the request named the webhook", async () => {
    const [requested, standing] = [dueTo(null, 1), { ...dueTo("we_1", 9), nextAttemptAt: NOW + 300 }];
    const { clock, questions, rotationFor, report } = asking([requested]);
    const answer = report(["we_1"], "instructions");
    expect(await rotationFor(requested)).toBe(100);
    await answer;
    clock.time += 999;
    expect(await rotationFor(standing)).toBe(100);
    clock.time += 1;
    expect(await rotationFor(standing)).toBe(1);
    clock.time += 8_999;
    expect(await rotationFor({ ...requested, nextAttemptAt: clock.time })).toBe(1);
    expect(questions).toHaveLength(1);
  });

  it("of a webhook that the request named are fetched again after ten seconds, or once its host has failed", async () => {
    const requested = dueTo(null, 1);
    const { instructions, clock, rotationFor, report } = asking([requested]);
    await report([], "instructions");
    clock.time += 9_999;
    expect(await rotationFor(requested)).toBe(100);
    instructions.forget("https://example.com/another");
    expect(await rotationFor(requested)).toBe(1);
    await report([], "instructions");
    clock.time += 10_000;
    expect(await rotationFor(requested)).toBe(2);
  });

  it("are fetched if an earlier release has answered the report", async () => {
    const delivery = dueTo(null, 1);
    const { rotationFor, report } = asking([delivery]);
    void report([], "no instructions");
    expect(await rotationFor(delivery)).toBe(1);
  });

  it("are null if the report is not answered, and are fetched next time", async () => {
    const delivery = dueTo(null, 1);
    const { rotationFor, report } = asking([delivery]);
    void report([], "no answer");
    expect(await rotationFor(delivery)).toBeNull();
    expect(await rotationFor(delivery)).toBe(1);
  });

  it("are null when the account does not answer, and are fetched again next time", async () => {
    const delivery = dueTo(null, 1);
    const { questions, rotationFor } = asking([delivery], false);
    expect(await rotationFor(delivery)).toBeNull();
    expect(await rotationFor(delivery)).toBeNull();
    expect(questions).toHaveLength(2);
  });

  it("are shared by the deliveries to one host, but not by those to another", async () => {
    const deliveries = [dueTo(null, 1), dueTo(null, 2), { ...dueTo(null, 3), url: "https://other.example.com/" }];
    const { turns, rotationFor } = asking(deliveries);
    expect(await Promise.all(deliveries.map(rotationFor))).toEqual([1, 1, 1]);
    expect(turns).toEqual([[["https://example.com/1", null]]]);
  });

  it("are fetched for each delivery to a host that has a line, with the turn that it has", async () => {
    const deliveries = [dueTo(null, 1), { ...dueTo(null, 2), turnAt: NOW - 5 }, dueTo("we_1", 3)];
    const { turns, rotationFor } = asking(deliveries, true, { turnAt: null });
    expect(await Promise.all(deliveries.map(rotationFor))).toEqual([1, 2, 3]);
    expect(turns).toEqual([
      [["https://example.com/1", null]],
      [["https://example.com/2", NOW - 5]],
      [["https://example.com/3", null]],
    ]);
  });

  it("of a redelivery by hand ask for no turn", async () => {
    const deliveries = [
      { ...dueTo(null, 1), turnAt: "now" as const },
      { ...dueTo(null, 2), turnAt: "now" as const },
    ];
    const { turns, rotationFor } = asking(deliveries, true, { turnAt: null });
    expect(await Promise.all(deliveries.map(rotationFor))).toEqual([1, 1]);
    expect(turns).toEqual([[]]);
  });
});
