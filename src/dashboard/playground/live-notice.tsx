// Says, before anything is typed, that this deployment cannot make videos in live mode yet.

import type { Health } from "../../contract/service.ts";
import { answerOf } from "../shared/api.ts";
import { Copy } from "../shared/ui.tsx";

/** Whether the deployment has the provider's API key. True if it cannot be asked: a request will say more. */
export async function isLiveReady(): Promise<boolean> {
  const { live } = await answerOf<Health>(fetch("/healthz")).catch((): Partial<Health> => ({}));
  return live !== "provider_not_configured";
}

const COMMAND = "npx wrangler secret put AIMLAPI_KEY";

export function LiveNotice({ onCheck }: { onCheck: () => void }) {
  return (
    <div class="notice" role="note">
      <p>
        <strong>Live mode has no API key of the provider yet</strong>, so every request is refused. Save the key as a
        secret of this deployment:
      </p>
      <p>
        <code>{COMMAND}</code> <Copy text={COMMAND} label="command" />
      </p>
      <p>
        Test mode works without it: sign in with an API key that begins with <code>rh_test_</code>.{" "}
        <button type="button" class="quiet" onClick={onCheck}>
          Check again
        </button>
      </p>
    </div>
  );
}
