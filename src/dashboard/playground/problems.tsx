// The errors of a request that the playground sent.

import { useState } from "preact/hooks";
import type { ApiError } from "../shared/api.ts";
import { ageOf } from "../shared/units.ts";
import { fieldOf, nameAt } from "./labels.ts";
import type { Schema } from "./schema.ts";

interface ProblemsProps {
  readonly error: ApiError | null;
  /** Errors in fields that were not edited since. */
  readonly standing: ApiError["errors"];
  /** Schema of the request, with the fields in the order of the form. They show their own errors, too. */
  readonly schema: Schema;
}

/** Lists the errors: those in fields of the form, then the others. */
export function Problems({ error, standing, schema }: ProblemsProps) {
  if (error === null || (error.errors.length > 0 && standing.length === 0)) return null;
  const names = Object.keys(schema.properties ?? {});
  const placeOf = ({ pointer }: { readonly pointer: string }) => names.indexOf(fieldOf(pointer));
  const shown = standing.filter((each) => placeOf(each) !== -1).sort((one, other) => placeOf(one) - placeOf(other));
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
      {standing
        .filter((each) => placeOf(each) === -1)
        .map(({ pointer, message }) => (
          <p key={pointer}>
            {pointer} {message}
          </p>
        ))}
      {shown.length > 0 && (
        <>
          <p>{shown.length === 1 ? "Fix the highlighted field:" : `Fix the ${shown.length} highlighted fields:`}</p>
          <ul>
            {shown.map(({ pointer, message }) => {
              const { label, path } = nameAt(pointer, schema);
              return (
                <li key={pointer}>
                  {label} <code>{path}</code> {message}
                </li>
              );
            })}
          </ul>
        </>
      )}
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
