// The estimate and the usage of a generation as callers see them.

import type { GenerationSummary } from "../../contract/generation.ts";
import { type MicroUsd, usdOrNull } from "./micro-usd.ts";
import type { Usage } from "./usage.ts";

type MoneyView = Pick<GenerationSummary, "estimate" | "usage">;

/** The fields `estimate` and `usage` of a generation. */
export function moneyView({
  estimate,
  usage,
}: {
  readonly estimate: MicroUsd | null;
  readonly usage: Usage | null;
}): MoneyView {
  return {
    estimate: { usd: usdOrNull(estimate) },
    usage: usage && { credits: usage.credits, usd: usdOrNull(usage.usd) },
  };
}
