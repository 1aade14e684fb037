// URLs of files that a model reads: HTTPS URLs and data URIs.

import * as z from "zod/mini";
import { DATA_URI } from "../core/data-uri.ts";

const MAX_REMOTE_URL_LENGTH = 8192;

/** Only the beginning of a data URI is searched for its media type, because the rest can be megabytes. */
const MAX_MEDIA_LENGTH = 100;

/** Files on this machine. Allowed in development only. */
const LOCAL_HTTP = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/]/i;

const KINDS: Readonly<Record<string, string>> = { image: " of an image", video: " of a video", audio: " of a sound" };

/**
 * @param mediaType such as `video/*`: the kind that a data URI must have. Undefined: any kind.
 * @param allowLocal also allows `http:` URLs on this machine.
 */
export function mediaUrl(mediaType: string | undefined, allowLocal: boolean) {
  const kind = Object.keys(KINDS).find((each) => mediaType?.toLowerCase().startsWith(`${each}/`)) ?? "";
  const message = `must be an HTTPS URL or a data URI${KINDS[kind] ?? ""}`;
  return z.string().check(z.refine((text) => isMediaUrl(text, kind, allowLocal), message));
}

/** @param kind such as `video`; empty for any. */
function isMediaUrl(text: string, kind: string, allowLocal: boolean): boolean {
  if (/^data:/i.test(text)) {
    const head = text.slice("data:".length, MAX_MEDIA_LENGTH).toLowerCase();
    return DATA_URI.test(text) && (kind === "" || head.startsWith(`${kind}/`));
  }
  const remote = /^https:\/\/[^/]/i.test(text) || (allowLocal && LOCAL_HTTP.test(text));
  return remote && text.length <= MAX_REMOTE_URL_LENGTH && !/\s/.test(text) && URL.canParse(text);
}
