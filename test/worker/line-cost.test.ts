// Counts what a refusal adds to the billed operations of a generation, as docs/costs.md uses it (from bench/counts.json).

import { expect, it } from "vitest";
import counts from "../../bench/counts.json";
import { type Answer, COMPLETED } from "../support/scenario.ts";
import { countBilled } from "./billing.ts";
import { eventually, play, record, request, submit } from "./support.ts";

const BUSY = { status: 429 };
const ACCEPTED = { status: 201, body: { id: "{{id}}", status: "queued" } };

/** Runs a generation until it has ended and left the line. */
async function lived(answers: readonly Answer[]): Promise<void> {
  const { prompt } = await play({ submit: answers, poll: [COMPLETED] });
  const { id } = await submit(request(prompt));
  await eventually(
    () => record(id),
    ({ generation: { report, line } }) => report.acknowledged === "completed" && line === undefined,
  );
}

it("a generation that is refused once and waits in line stays within its cost", async () => {
  // The first of each kind creates the tables of the account and of the line.
  await lived([BUSY, ACCEPTED]);
  const billed = await countBilled();
  const costOf = async (answers: readonly Answer[]) => {
    const before = billed();
    await lived(answers);
    const after = billed();
    return { rows: after.rowsWritten - before.rowsWritten, requests: after.requests - before.requests };
  };
  const accepted = await costOf([ACCEPTED]);
  const refused = await costOf([BUSY, ACCEPTED]);
  const told = JSON.stringify({ accepted, refused, billed: billed() });
  // A larger difference means that bench/counts.json and docs/costs.md are out of date.
  const { rows_written, object_requests } = counts.refusal;
  expect(Math.abs(refused.rows - accepted.rows - rows_written), told).toBeLessThanOrEqual(3);
  expect(Math.abs(refused.requests - accepted.requests - object_requests), told).toBeLessThanOrEqual(2);
});
