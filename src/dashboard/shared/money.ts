// Shows amounts in US dollars, and what a generation costs.

import type { GenerationSummary } from "../../contract/generation.ts";
import type { ModelDetail } from "../../contract/models.ts";
import type { Mode } from "../../contract/words.ts";
import { estimateOf } from "../../core/money/estimate.ts";
import { usdOf } from "../../core/money/micro-usd.ts";
import { schemaOf } from "../playground/request.ts";

/** Most decimals of amounts below a limit in US dollars. Amounts have at most six. */
const DECIMALS = [
  [0.0001, 6],
  [0.1, 4],
] as const;

/** Rounded to cents; small amounts have more decimals. */
export function dollarsOf(usd: number): string {
  return formatted(usd, DECIMALS.find(([limit]) => usd < limit)?.[1] ?? 2);
}

/** The amount with all its decimals. */
export function exactDollarsOf(usd: number): string {
  return formatted(usd, 6);
}

/** By decimals. Making one takes longer than all its uses in a page. */
const formats = new Map<number, Intl.NumberFormat>();

function formatted(usd: number, decimals: number): string {
  const most = usd === 0 ? 2 : decimals;
  const options = { style: "currency", currency: "USD", minimumFractionDigits: 2 } as const;
  const format = formats.get(most) ?? new Intl.NumberFormat("en-US", { ...options, maximumFractionDigits: most });
  formats.set(most, format);
  return format.format(usd);
}

/** An amount as a list shows it. */
export interface Shown {
  readonly text: string;
  /** The text in words, with all decimals. */
  readonly meaning: string;
}

/** The cost of a generation in a list: what was charged, otherwise the estimate, otherwise a dash. */
export function costOf({
  status,
  mode,
  estimate,
  usage,
}: Pick<GenerationSummary, "status" | "mode" | "estimate" | "usage">): Shown {
  if (usage !== null && usage.usd !== null) {
    return { text: dollarsOf(usage.usd), meaning: `Charged: ${exactDollarsOf(usage.usd)}` };
  }
  // The provider does not charge for most failed jobs.
  if (estimate.usd === null || (status === "failed" && mode === "live")) return { text: "–", meaning: "Not known" };
  const where = mode === "test" ? " in live mode" : "";
  return { text: `≈ ${dollarsOf(estimate.usd)}`, meaning: `Estimate${where}: ${exactDollarsOf(estimate.usd)}` };
}

/** The estimate and the charge in a generation's details; null where they are not known. */
export function moneyFacts({ mode, estimate, usage }: Pick<GenerationSummary, "mode" | "estimate" | "usage">) {
  const isTest = mode === "test";
  const credits = usage?.credits == null ? [] : [`${usage.credits.toLocaleString("en")} credits`];
  const stated = [...(usage?.usd == null ? [] : [exactDollarsOf(usage.usd)]), ...credits];
  return {
    estimate: estimate.usd === null ? null : `${exactDollarsOf(estimate.usd)}${isTest ? " in live mode" : ""}`,
    charged: stated.length === 0 ? null : `${stated.join(", ")}${isTest ? " (simulated)" : ""}`,
  };
}

interface Offer {
  /** The label of the button that generates. */
  readonly label: string;
  /** Empty if there is nothing to add. */
  readonly hint: string;
}

/** What the playground says about the cost of this input. */
export function offerOf(model: ModelDetail, input: Readonly<Record<string, unknown>>, mode: Mode): Offer {
  const estimate = estimateOf(model.pricing, schemaOf(model), input);
  const price = estimate === null ? null : `about ${dollarsOf(usdOf(estimate))}`;
  if (mode === "test") return { label: "Generate (free)", hint: `In live mode: ${price ?? "price not known"}.` };
  return price === null
    ? { label: "Generate (billed)", hint: "The price is not known in advance." }
    : { label: `Generate · ${price}`, hint: "" };
}
