// What to do after a deployment.

import type { MadeKeys } from "./made-keys.ts";

/** @returns a first request if this run has made a key for it, and the address of the dashboard. */
export function nextStepText(url: string, { apiKeys }: MadeKeys): string {
  const dashboard = `Dashboard: ${url}`;
  if (!apiKeys.some(({ mode }) => mode === "test")) return dashboard;
  return `Make a first video, free, in about ten seconds:

  export REELHOOK_URL=${url}
  curl $REELHOOK_URL/v1/generations \\
    -H "Authorization: Bearer $REELHOOK_KEY" -H "Content-Type: application/json" -H "Prefer: wait=60" \\
    -d '{"prompt": "Add a fairy. [instant]", "video_url": "https://example.com/raccoon.mp4"}'

${dashboard} (sign in with the key)`;
}
