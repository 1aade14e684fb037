// The code sample beside the form.

import { useState } from "preact/hooks";
import { LANGUAGES, type Language, snippet } from "../playground/snippets.ts";
import { Copy, Pre } from "./ui.tsx";

interface Props {
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
  /** Shown below the sample. */
  readonly note: string | null;
}

export function Code({ body, headers, note }: Props) {
  const [language, setLanguage] = useState<Language>("curl");
  const text = snippet(language, { origin: location.origin, headers, body });
  return (
    <section class="code" aria-label="Code sample">
      <div class="tabs">
        {LANGUAGES.map((each) => (
          <button key={each} type="button" aria-pressed={each === language} onClick={() => setLanguage(each)}>
            {each}
          </button>
        ))}
        <Copy text={text} label="code" />
      </div>
      <Pre>{text}</Pre>
      {note !== null && <p class="hint">{note}</p>}
    </section>
  );
}
