// The billed operations of one generation, as test/worker/cost.test.ts counts them.

import counts from "../counts.json" with { type: "json" };
import type { Figures } from "./figures.ts";

export async function operations(): Promise<Figures> {
  return {
    polls: counts.polls,
    "rows written": counts.rows_written,
    "rows written without usage": counts.rows_written - counts.usage_rows_written,
    "Durable Object requests": counts.object_requests,
    "log lines": counts.log_lines,
  };
}
