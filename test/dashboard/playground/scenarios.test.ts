import { describe, expect, it } from "vitest";
import { SANDBOX_SCRIPTS } from "../../../src/contract/words.ts";
import { SCENARIOS, scenarioIn, withScenario } from "../../../src/dashboard/playground/scenarios.ts";

describe("the test scenarios", () => {
  it("are all of the sandbox's scripts, each with a title of its own and one line", () => {
    expect(SCENARIOS.map(({ script }) => script).sort()).toEqual([...SANDBOX_SCRIPTS].sort());
    expect(new Set(SCENARIOS.map(({ title }) => title)).size).toBe(SCENARIOS.length);
    for (const { text } of SCENARIOS) expect(text.length).toBeLessThanOrEqual(110);
  });

  it("are markers in the prompt: one at a time, and only those that the sandbox knows", () => {
    expect(withScenario("a [red] fox", "fail")).toBe("a [red] fox [fail]");
    expect(withScenario("a [red] fox [fail] [slow]", "busy")).toBe("a [red] fox [busy]");
    expect(withScenario("[instant] a fox", null)).toBe("a fox");
    expect(withScenario("", "fail")).toBe("[fail]");
  });

  it("are read from the prompt as the sandbox does", () => {
    expect(scenarioIn("a [red] fox")).toBeNull();
    expect(scenarioIn("a fox [slow] [fail]")).toBe("fail");
  });
});
