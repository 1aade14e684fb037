import type { GenerationSummary } from "../../../src/contract/generation.ts";

/** A generation in a list, created at this second of a minute. */
export function summary(second: number, more: Partial<GenerationSummary> = {}): GenerationSummary {
  return {
    id: `gen_${second}`,
    object: "generation",
    status: "generating",
    mode: "test",
    model: "a",
    prompt: "A lantern",
    created_at: `2026-11-27T12:00:${second}.000Z`,
    video: null,
    error: null,
    deliveries: null,
    queue: null,
    estimate: { usd: null },
    usage: null,
    ...more,
  };
}
