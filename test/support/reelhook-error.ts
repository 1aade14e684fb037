import { ReelhookError } from "../../packages/reelhook/src/index.ts";

/** @returns the error of a call of the client. @throws if the call succeeds, or fails with something else. */
export async function errorOf(call: Promise<unknown>): Promise<ReelhookError> {
  const error = await call.then(
    () => null,
    (cause) => cause,
  );
  if (!(error instanceof ReelhookError)) throw new Error(`not a ReelhookError: ${error}`);
  return error;
}
