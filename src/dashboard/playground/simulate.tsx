// Buttons that make the sandbox simulate an outcome in test mode: with a marker in the prompt, or with a header for
// models without a prompt.

import { SANDBOX_SCRIPTS, type SandboxScript } from "../../contract/words.ts";

interface Props {
  /** Null if the model has no prompt. */
  readonly prompt: string | null;
  /** The chosen outcome for a model without a prompt; null if there is none. */
  readonly simulated: SandboxScript | null;
  onPrompt(prompt: string): void;
  onSimulate(script: SandboxScript | null): void;
}

export function Simulate({ prompt, simulated, onPrompt, onSimulate }: Props) {
  return (
    <p class="markers">
      <span>Simulate:</span>{" "}
      {SANDBOX_SCRIPTS.map((script) =>
        prompt === null ? (
          <button
            key={script}
            type="button"
            class="quiet"
            aria-pressed={script === simulated}
            onClick={() => onSimulate(script === simulated ? null : script)}
          >
            {script}
          </button>
        ) : (
          <button key={script} type="button" class="quiet" onClick={() => onPrompt(withMarker(prompt, script))}>
            [{script}]
          </button>
        ),
      )}
    </p>
  );
}

const ANY_MARKER = new RegExp(`\\s*\\[(${SANDBOX_SCRIPTS.join("|")})\\]`, "g");

function withMarker(prompt: string, script: string): string {
  return `${prompt.replaceAll(ANY_MARKER, "")} [${script}]`.trim();
}
