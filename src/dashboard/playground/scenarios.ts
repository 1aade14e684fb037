// What the sandbox can simulate in test mode, in words.

import { SANDBOX_SCRIPTS, type SandboxScript } from "../../contract/words.ts";

interface Scenario {
  readonly script: SandboxScript;
  readonly title: string;
  /** What happens, and what to test with it. */
  readonly text: string;
}

/** Without a scenario. */
export const USUAL = { title: "Completes", text: "After about 30 seconds, with a sample video." } as const;

const WORDS: Readonly<Record<SandboxScript, readonly [title: string, text: string]>> = {
  instant: ["Completes at once", "At the first poll. Use it in automated tests."],
  slow: ["Completes slowly", "After about 3 minutes. See what your users see while they wait."],
  busy: [
    "Waits in line first",
    "The provider is busy for about 5 seconds. Test that your app shows the place in line.",
  ],
  flaky: ["Completes despite failed polls", "About half of the polls fail. Your app should notice nothing."],
  lost: [
    "Completes despite a lost answer",
    "The provider's answer to the request is lost. Reelhook finds the job in its log, and makes no second video.",
  ],
  "expired-url": ["Completes despite a dead link", "The first link to the video is dead. Reelhook asks for a new one."],
  refused: ["Is refused", "The request gets 400 invalid_input. Test that your app shows the reason."],
  "no-credits": ["Is refused for lack of credits", "The request gets 402 insufficient_credits. Test your alert."],
  fail: ["Fails", "After about 25 seconds, with provider_error. Test how your app handles generation.failed."],
  moderated: [
    "Fails moderation",
    "After about 25 seconds, with moderated. Test that your app asks for another prompt.",
  ],
  "no-url": [
    "Fails without a video",
    "The provider reports success but returns no video, so it fails with provider_error.",
  ],
  never: ["Never finishes", "Fails with timed_out, after 30 minutes by default. Use it to test canceling."],
};

/** Those that complete, then those that are refused, then those that fail. */
export const SCENARIOS: readonly Scenario[] = (Object.keys(WORDS) as SandboxScript[]).map((script) => {
  const [title, text] = WORDS[script];
  return { script, title, text };
});

/** The scenario that the prompt's marker selects. Null if it has none. */
export function scenarioIn(prompt: string): SandboxScript | null {
  return SANDBOX_SCRIPTS.find((script) => prompt.includes(`[${script}]`)) ?? null;
}

const ANY_MARKER = new RegExp(`\\s*\\[(${SANDBOX_SCRIPTS.join("|")})\\]`, "g");

/** The prompt with the marker of this scenario only; with none for null. */
export function withScenario(prompt: string, script: SandboxScript | null): string {
  return `${prompt.replaceAll(ANY_MARKER, "")}${script === null ? "" : ` [${script}]`}`.trim();
}
