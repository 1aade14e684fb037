// The generation as the API returns it, colored.

import { useMemo, useState } from "preact/hooks";
import type { GenerationView } from "../../contract/generation.ts";
import { Copy, Pre } from "../shared/ui.tsx";
import { jsonTokens } from "./json-tokens.ts";

export function Json({ generation }: { generation: GenerationView }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="json" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        JSON of <code>GET /v1/generations/{generation.id}</code>
      </summary>
      {isOpen && <Colored value={generation} />}
    </details>
  );
}

function Colored({ value }: { value: object }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const parts = useMemo(() => jsonTokens(text), [text]);
  return (
    <>
      <Copy text={text} label="JSON" />
      <Pre>
        {parts.map(({ text, kind }, index) =>
          kind === "plain" ? (
            text
          ) : (
            <span key={index} class={`json-${kind}`}>
              {text}
            </span>
          ),
        )}
      </Pre>
    </>
  );
}
