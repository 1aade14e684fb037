// One JSON object a line, which Workers Logs indexes. Callers pass no secrets, prompts or query strings.

/** One line of the log. No secret, prompt or query string ever goes in. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  info(event: string, fields: LogFields): void;
  error(event: string, fields: LogFields, cause: unknown): void;
}

/** What is counted, where the Analytics Engine is bound; docs/operations.md has queries. */
const COUNTED = new Set(["generation.ended", "attempt.ended", "request"]);

export function logFor({ ANALYTICS }: { readonly ANALYTICS?: AnalyticsEngineDataset }): Log {
  return {
    info(event, fields) {
      console.log(JSON.stringify({ event, ...fields }));
      if (ANALYTICS !== undefined && COUNTED.has(event)) ANALYTICS.writeDataPoint(pointOf(event, fields));
    },
    error(event, fields, cause) {
      const error = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      console.error(JSON.stringify({ event, ...fields, error }));
    },
  };
}

/** blob1 the event, blob2 how it came out, blob3 the account, blob4 the model; double1 how long it took in milliseconds. */
function pointOf(event: string, { status, account, model, ms }: LogFields): AnalyticsEngineDataPoint {
  const text = (value: LogFields[string] | undefined) => String(value ?? "");
  return {
    indexes: [text(account)],
    blobs: [event, text(status), text(account), text(model)],
    doubles: [typeof ms === "number" ? ms : 0],
  };
}
