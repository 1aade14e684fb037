import { expect, it } from "vitest";
import { providerJobSchema } from "../../../src/contract/drop-in.ts";
import { providerJobView } from "../../../src/core/generation/provider-view.ts";
import { generationView } from "../../../src/core/generation/view.ts";
import { inPhase, stateOf, T0 } from "../../support/lives.ts";

const SEEN = { now: T0, link: { url: "https://reelhook.example.com/v", expiresAt: null } };

it.each<[number | null, number | null | undefined, object | undefined]>([
  [null, null, undefined],
  [null, undefined, undefined],
  [7, null, { usage: { credits_used: 7 } }],
  [7, undefined, { usage: { credits_used: 7 } }],
  [null, 390_000, { usage: { usd_spent: 0.39 } }],
  [7, 390_000, { usage: { credits_used: 7, usd_spent: 0.39 } }],
  [0, 0, { usage: { credits_used: 0, usd_spent: 0 } }],
])("%j credits and %j micro-dollars are shown in the provider's words: %j", (credits, usd, meta) => {
  const { usd: _, ...rest } = stateOf(inPhase("completed"), "completed").job;
  const job = { ...rest, credits, ...(usd === undefined ? {} : { usd }) };
  const view = providerJobView(generationView(inPhase("completed", { job }), [], SEEN));
  expect(view.meta).toEqual(meta);
  expect(providerJobSchema.parse(view)).toEqual(view);
});
