// One JSON object a line, which Workers Logs indexes. Callers pass no secrets, prompts or query strings.

import type { Log } from "./ports.ts";

export const consoleLog: Log = {
  info(event, fields) {
    console.log(JSON.stringify({ event, ...fields }));
  },
  error(event, fields, cause) {
    const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    console.error(JSON.stringify({ event, ...fields, error }));
  },
};
