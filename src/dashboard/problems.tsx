// The errors of a request that the playground sent.

import type { ApiError } from "./api.ts";

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
