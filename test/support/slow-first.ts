// Starts the slowest test files first, so that none of them runs on alone at the end. Without the durations of an earlier
// run, as on a fresh clone, Vitest starts the largest files first.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Slowest first. */
const SLOW = [
  "test/crash/kill.test.ts",
  "test/e2e/demo.test.ts",
  "test/e2e/rhythm.test.ts",
  "test/e2e/deploy.test.ts",
  "test/e2e/package/app.test.ts",
  "test/simulation/simulation.test.ts",
  "test/simulation/queue.test.ts",
  "test/simulation/account.test.ts",
  "test/worker/webhook-endpoints.test.ts",
  "test/worker/faults-storage.test.ts",
  "test/browser/dashboard.test.ts",
  "test/browser/looks.test.ts",
  "test/browser/linked-key.test.ts",
];

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = SLOW.findIndex((file) => moduleId.endsWith(`/${file}`));
      return at === -1 ? SLOW.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
