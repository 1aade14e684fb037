import { describe, expect, it } from "vitest";
import type { Answer } from "../../../packages/reelhook/src/command/listen/forward.ts";
import { Forwarder } from "../../../packages/reelhook/src/command/listen/forwarder.ts";
import type { Callback } from "../../../packages/reelhook/src/command/listen/signing.ts";

const ANSWER: Answer = { kind: "late", limitMs: 15_000 };

const callback = (id: string): Callback => ({ id, type: "generation.completed", generationId: "gen_1", body: "{}" });

/** A forwarder to a receiver that answers when the test says so. */
function forwarderTo() {
  const log: string[] = [];
  const open: { resolve(answer: Answer): void; reject(cause: unknown): void }[] = [];
  const forwarder = new Forwarder({
    send: ({ id }, attempt) => {
      log.push(`send ${id} ${attempt}`);
      return new Promise((resolve, reject) => open.push({ resolve, reject }));
    },
    onAnswer: ({ id }, _, attempt) => log.push(`answer ${id} ${attempt}`),
    onDropped: ({ id }) => log.push(`drop ${id}`),
    onError: (cause) => log.push(`error ${cause}`),
  });
  return {
    forwarder,
    log,
    add: (...ids: string[]) => ids.forEach((id) => void forwarder.add(callback(id))),
    async answer() {
      open.shift()?.resolve(ANSWER);
      await new Promise(setImmediate);
    },
    async end() {
      open.shift()?.reject("ended");
      await new Promise(setImmediate);
    },
  };
}

describe("a forwarder", () => {
  it("sends one event at a time, in order", async () => {
    const { add, answer, log } = forwarderTo();
    add("a", "b");
    expect(log).toEqual(["send a 1"]);
    await answer();
    await answer();
    add("c");
    expect(log).toEqual(["send a 1", "answer a 1", "send b 1", "answer b 1", "send c 1"]);
  });

  it("ignores an event that has come before", async () => {
    const { add, answer, log } = forwarderTo();
    add("a", "a");
    await answer();
    add("a");
    expect(log).toEqual(["send a 1", "answer a 1"]);
  });

  it("sends the last event again, before those that wait, and counts its attempts", async () => {
    const { forwarder, add, answer, log } = forwarderTo();
    expect(forwarder.again()).toBe(false);
    add("a", "b");
    // Two presses while the first attempt is open count as one.
    expect([forwarder.again(), forwarder.again()]).toEqual([true, true]);
    for (let at = 0; at < 3; at++) await answer();
    forwarder.again();
    await answer();
    const sent = log.filter((line) => line.startsWith("send"));
    expect(sent).toEqual(["send a 1", "send a 2", "send b 1", "send b 2"]);
  });

  it("drops events while 1,000 wait", async () => {
    const { add, answer, log } = forwarderTo();
    const ids = Array.from({ length: 1_002 }, (_, at) => `e${at}`);
    add(...ids);
    expect(log).toEqual(["send e0 1", "drop e1001"]);
    await answer();
    add("next");
    expect(log.at(-1)).toBe("send e1 1");
  });

  it("sends nothing more once it has ended", async () => {
    const { add, end, log } = forwarderTo();
    add("a", "b");
    await end();
    add("c");
    expect(log).toEqual(["send a 1", "error ended"]);
  });
});
