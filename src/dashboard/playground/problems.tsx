// The errors of a request that the playground sent.

import { useState } from "preact/hooks";
import type { ApiError } from "../shared/api.ts";
import { ageOf } from "../shared/units.ts";

/** The top-level field of a JSON Pointer. */
export function fieldOf(pointer: string): string {
  return pointer.split("/")[1] ?? "";
}

interface ProblemsProps {
  readonly error: ApiError | null;
  /** Errors in fields that were not edited since. */
  readonly standing: ApiError["errors"];
  readonly shown: readonly string[];
}

/** Lists errors that no shown field displays, and counts the others. */
export function Problems({ error, standing, shown }: ProblemsProps) {
  if (error === null || (error.errors.length > 0 && standing.length === 0)) return null;
  const others = standing.filter(({ pointer }) => !shown.includes(fieldOf(pointer)));
  const fields = standing.length - others.length;
  return (
    <div class="failure" role="alert">
      {error.errors.length === 0 && <p>{error.message}</p>}
      {error.isOverBudget && <BudgetHint resetsAt={error.budgetResetsAt} />}
      {error.generationId !== null && (
        <p>
          See the failed <a href={`#/generations/${error.generationId}`}>generation</a>.
        </p>
      )}
      {error.isUncertain && (
        <p>You can safely try again. Repeating this request does not create a second generation.</p>
      )}
      {others.map(({ pointer, message }) => (
        <p key={pointer}>
          {pointer} {message}
        </p>
      ))}
      {fields > 0 && <p>{fields === 1 ? "Fix the highlighted field." : `Fix the ${fields} highlighted fields.`}</p>}
    </div>
  );
}

function BudgetHint({ resetsAt }: { resetsAt: string | null }) {
  // Does not count down, because screen readers read an alert again when it changes.
  const [now] = useState(() => Date.now());
  const left = resetsAt === null ? 0 : Date.parse(resetsAt) - now;
  return (
    <p>
      {left > 0 && `That is in ${ageOf(left)}. `}See what counts on the <a href="#/usage">usage page</a>.
    </p>
  );
}
