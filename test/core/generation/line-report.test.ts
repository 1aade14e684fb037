import { describe, expect, it } from "vitest";
import { dueActions } from "../../../src/core/generation/agenda.ts";
import { inPhase, life, memory, stepped, T0 } from "../../support/lives.ts";

const ASKS_AGAIN_AT = T0 + 300_000;
const WAITING = {
  ...inPhase("in-line"),
  line: { acknowledged: "waiting", failures: 0, notBefore: ASKS_AGAIN_AT },
} as const;

describe("the line", () => {
  it("is told at once that a generation that waited was canceled", () => {
    const { life: after, actions } = stepped(life(WAITING), { kind: "canceled" }, T0 + 1_000);
    const told = actions.flatMap((action) => (action.kind === "queue" ? [action.report.standing] : []));
    expect(told).toEqual(["left"]);
    // A report that the line did not answer is repeated later, not at once.
    if (after === null) throw new Error("the generation is gone");
    const unanswered = { ...after.generation, line: { ...WAITING.line, failures: 1, notBefore: T0 + 3_000 } };
    const kindsAt = (at: number) => dueActions(life(unanswered), memory(), at).map(({ kind }) => kind);
    expect(kindsAt(T0 + 2_000)).not.toContain("queue");
    expect(kindsAt(T0 + 3_000)).toContain("queue");
  });

  it("is asked again only after five minutes", () => {
    const kindsAt = (at: number) => dueActions(life(WAITING), memory(), at).map(({ kind }) => kind);
    expect(kindsAt(ASKS_AGAIN_AT - 1)).not.toContain("queue");
    expect(kindsAt(ASKS_AGAIN_AT)).toContain("queue");
  });
});
