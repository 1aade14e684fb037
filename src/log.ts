// Writes one JSON object per line, which Workers Logs indexes.

/** Fields of one log line. Must not contain secrets, prompts or query strings. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  info(event: string, fields: LogFields): void;
  error(event: string, fields: LogFields, cause: unknown): void;
}

/** Events that are also written to the Analytics Engine, if it is bound. For queries see docs/operations.md. */
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

/** blob1: event, blob2: status, blob3: account, blob4: model, double1: duration in milliseconds. */
function pointOf(event: string, { status, account, model, ms }: LogFields): AnalyticsEngineDataPoint {
  const text = (value: LogFields[string] | undefined) => String(value ?? "");
  return {
    indexes: [text(account)],
    blobs: [event, text(status), text(account), text(model)],
    doubles: [typeof ms === "number" ? ms : 0],
  };
}
