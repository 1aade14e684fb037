// Chooses what the sandbox simulates in test mode: with a marker in the prompt, or with a header for models without one.

import { useId } from "preact/hooks";
import type { SandboxScript } from "../../contract/words.ts";
import { Folded } from "./form-controls.tsx";
import { SCENARIOS, scenarioIn, USUAL, withScenario } from "./scenarios.ts";

interface Props {
  /** Null if the model has no prompt. */
  readonly prompt: string | null;
  /** The choice for models without a prompt. */
  readonly script: SandboxScript | null;
  onPrompt(prompt: string): void;
  onScript(script: SandboxScript | null): void;
}

export function Scenario({ prompt, script, onPrompt, onScript }: Props) {
  const name = useId();
  const chosen = prompt === null ? script : scenarioIn(prompt);
  const choose = (next: SandboxScript | null) =>
    prompt === null ? onScript(next) : onPrompt(withScenario(prompt, next));
  const sent = (each: SandboxScript) => (prompt === null ? `Reelhook-Simulate: ${each}` : `[${each}]`);
  return (
    <Folded
      title="Test scenario"
      note={SCENARIOS.find((each) => each.script === chosen)?.title ?? USUAL.title}
      mustOpen={false}
    >
      <fieldset class="scenarios">
        <legend class="unseen">Test scenario</legend>
        <p class="notes">
          Test mode makes a sample video. Choose how it goes;{" "}
          {prompt === null ? "the request then has this header." : "the prompt then has this marker."}
        </p>
        {[{ script: null, ...USUAL }, ...SCENARIOS].map((each, index) => (
          <div key={each.title}>
            <input
              type="radio"
              id={`${name}-${index}`}
              name={name}
              checked={each.script === chosen}
              aria-describedby={`${name}-${index}-text`}
              onChange={() => choose(each.script)}
            />
            <label for={`${name}-${index}`}>
              {each.title} {each.script !== null && <code>{sent(each.script)}</code>}
            </label>
            <small id={`${name}-${index}-text`}>{each.text}</small>
          </div>
        ))}
      </fieldset>
    </Folded>
  );
}
