// Why there is no video: what happened, what to do next, and whether it is billed.

import type { GenerationView } from "../../contract/generation.ts";
import { errorWords } from "../shared/errors.ts";
import { WithCopy } from "../shared/ui.tsx";
import { billing, nextStep } from "./failure.ts";

interface Props {
  readonly generation: GenerationView;
  readonly error: NonNullable<GenerationView["error"]>;
}

export function Ended({ generation, error }: Props) {
  const { code, message, source_url } = error;
  const ended = { ...generation, error };
  const next = nextStep(ended);
  return (
    <section class={`panel ended-panel ${generation.status}`} aria-labelledby="ended-title">
      <h2 id="ended-title">{errorWords(code)}</h2>
      <p>{message}</p>
      {next && <p class="next">{next}</p>}
      {source_url !== undefined && (
        <div class="source">
          <p class="hint">The provider keeps the video for at most a day:</p>
          <WithCopy text={source_url} label="provider link" />
        </div>
      )}
      <p class="hint">{billing(ended)}</p>
      <p class="hint">
        Error code: <code>{code}</code>
      </p>
    </section>
  );
}
