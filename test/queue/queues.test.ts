import { describe, expect, it } from "vitest";
import type { StandingAnswer } from "../../src/core/queue/standing.ts";
import type { Queue } from "../../src/generation/ports.ts";
import { KnownLines, queueFor } from "../../src/queue/queues.ts";

const REPORT = {
  id: "gen_1",
  account: "acme",
  createdAt: 0,
  version: 1,
  standing: "waiting",
  refusal: null,
  lastTryAt: 1,
  until: 2,
} as const;

/** What an isolate knows, with a line that gives this answer. */
function isolate(answer: StandingAnswer | Error = { isGranted: false, hasLine: true }, maxConcurrent = 0) {
  const clock = { now: 0 };
  const tell = async () => {
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const queue = queueFor(
    "aimlapi",
    { account: "acme", mode: "live" },
    {
      namespace: { getByName: () => ({ tell }) } as never,
      clock: { now: () => clock.now, random: () => 0.5 },
      known: new KnownLines(),
      apiKey: "key",
      maxConcurrent,
    },
  );
  return { queue, clock };
}

describe("an isolate", () => {
  it.each<[string, (queue: Queue) => unknown]>([
    ["a refused submission", (queue) => queue.noteRefusal()],
    ["the line's answer", (queue) => queue.tell(REPORT)],
  ])("knows of a line for ten seconds from %s", async (_, happens) => {
    const { queue, clock } = isolate();
    expect(queue.hasLine()).toBe(false);
    await happens(queue);
    clock.now = 9_999;
    expect(queue.hasLine()).toBe(true);
    clock.now = 10_000;
    expect(queue.hasLine()).toBe(false);
  });

  it("forgets the line as soon as it says that nobody waits", async () => {
    const { queue } = isolate({ isGranted: true, hasLine: false });
    queue.noteRefusal();
    await queue.tell(REPORT);
    expect(queue.hasLine()).toBe(false);
  });

  it("keeps what it knows if the line does not answer", async () => {
    const { queue } = isolate(new Error("overloaded"));
    queue.noteRefusal();
    expect(await queue.tell(REPORT)).toBeNull();
    expect(queue.hasLine()).toBe(true);
  });

  it("always asks the line if the number of places is set", () => {
    expect(isolate(undefined, 5).queue.hasLine()).toBe(true);
  });
});

describe("polls make room for submissions", () => {
  it.each([
    ["while others wait and polls are refused", true, true, 9_999, true],
    ["but not for longer than ten seconds", true, true, 10_000, false],
    ["but not if nobody waits", false, true, 0, false],
    ["but not if no poll was refused", true, false, 0, false],
  ])("%s", (_, hasLine, isRefused, now, mustYield) => {
    const { queue, clock } = isolate();
    if (hasLine) queue.noteRefusal();
    if (isRefused) queue.notePollRefusal();
    clock.now = now;
    expect(queue.mustPollsYield()).toBe(mustYield);
  });

  it("but not because the number of places is set", () => {
    const { queue } = isolate(undefined, 5);
    queue.notePollRefusal();
    expect(queue.mustPollsYield()).toBe(false);
  });
});
