// Receivers that verify with a signing secret, ready to copy, in four languages.

import { useState } from "preact/hooks";
import { answerOf } from "../shared/api.ts";
import { useLoad } from "../shared/hooks.ts";
import { Copy, Failure, Pre } from "../shared/ui.tsx";

/** As `scripts/assets.ts` takes them from docs/verifying.md. Loaded when wanted, as the page itself must stay small. */
interface Receiver {
  readonly language: string;
  readonly code: string;
}

export function Verifiers() {
  const { value, error, reload } = useLoad("receivers", () => answerOf<Receiver[]>(fetch("/dashboard/receivers.json")));
  const [language, setLanguage] = useState("Node.js");
  const code = value?.find((each) => each.language === language)?.code ?? "";
  return (
    <section class="verifiers" aria-label="Receiver that verifies">
      <p>
        This is a complete receiver that verifies with it. It reads the secret from the variable{" "}
        <code>WEBHOOK_SECRET</code>:
      </p>
      <Failure error={error} retry={reload} />
      {value !== null && (
        <>
          <div class="tabs">
            {value.map((each) => (
              <button
                key={each.language}
                type="button"
                aria-pressed={each.language === language}
                onClick={() => setLanguage(each.language)}
              >
                {each.language}
              </button>
            ))}
            <Copy text={code} label={`${language} receiver`} />
          </div>
          <Pre>{code}</Pre>
          <p class="hint">
            Any library for Standard Webhooks verifies, too. In TypeScript and JavaScript, the package reelhook does:{" "}
            <code>await verifyWebhook(request, {"{ secret }"})</code>.
          </p>
        </>
      )}
    </section>
  );
}
