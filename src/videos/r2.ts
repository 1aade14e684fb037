// Timeouts for calls to R2, because they can hang.

import { reasonOf } from "../core/generation/errors.ts";
import { withTimeout } from "../outbound/deadlines.ts";

/** For one call, including completing or aborting a multipart upload. */
const R2_TIMEOUT_MS = 50_000;

/**
 * Does not cancel the call: a late write lands on the same key, or in an upload that is aborted.
 *
 * @throws an error that names R2 if the call fails or takes longer than 50 seconds.
 */
export async function withR2Timeout<T>(call: Promise<T>): Promise<T> {
  try {
    return await withTimeout(call, R2_TIMEOUT_MS);
  } catch (cause) {
    throw new Error(`R2: ${reasonOf(cause)}`, { cause });
  }
}

/** Whether the call succeeded in time. */
export function isDone(call: Promise<unknown>): Promise<boolean> {
  return withR2Timeout(call).then(
    () => true,
    () => false,
  );
}

/** Idempotent: succeeds if the upload does not exist. @throws if R2 fails. */
export async function abortUpload(bucket: R2Bucket, key: string, uploadId: string): Promise<void> {
  try {
    await withR2Timeout(bucket.resumeMultipartUpload(key, uploadId).abort());
  } catch (cause) {
    if (!NO_SUCH_UPLOAD.test(reasonOf(cause))) throw cause;
  }
}

/** R2's error 10024: https://developers.cloudflare.com/r2/api/error-codes/ */
const NO_SUCH_UPLOAD = /does not exist|\(10024\)/;
