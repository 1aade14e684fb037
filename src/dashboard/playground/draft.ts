// What was typed in the playground, as it is stored.

import { withUploads } from "./files.ts";
import type { Entry } from "./request.ts";
import { isObject } from "./schema.ts";
import { Upload } from "./upload.ts";

export interface Draft {
  /** Id of the chosen model. */
  readonly model: string;
  readonly entry: Entry;
  readonly attempt: Attempt;
}

/** A request whose outcome is not known, and its idempotency key, so that a retry is not billed twice. */
export interface Attempt {
  readonly request: string;
  readonly key: string;
}

export const NO_ATTEMPT: Attempt = { request: "", key: "" };

/** A stored file: its name and size, and its data URI if that is short. */
const FILE = "reelhook.file";

/** @param longest characters of a data URI that is stored with its file. */
export function draftText(draft: Draft, longest: number): string {
  const kept = withUploads(draft, ({ name, size, dataUri }) => ({
    [FILE]: { name, size, dataUri: dataUri.length <= longest ? dataUri : "" },
  }));
  return JSON.stringify(kept);
}

/** Null if the text is not a draft. */
export function readDraft(text: string | null): Draft | null {
  try {
    // An earlier release may have stored it in another shape.
    const draft: unknown = JSON.parse(text ?? "null", (_, value) => fileFrom(value) ?? value);
    if (!isObject(draft) || !isObject(draft["entry"]) || !isObject(draft["attempt"])) return null;
    const { typed, free } = draft["entry"];
    return isObject(typed) && isObject(free) ? (draft as unknown as Draft) : null;
  } catch {
    return null;
  }
}

function fileFrom(value: unknown): Upload | null {
  const file = isObject(value) ? value[FILE] : undefined;
  if (!isObject(file)) return null;
  const { name, size, dataUri } = file;
  return new Upload({ name: String(name), size: Number(size) }, typeof dataUri === "string" ? dataUri : "");
}
