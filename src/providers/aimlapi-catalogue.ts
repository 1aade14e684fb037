// Fetches the provider's catalogue: its models, their retirements, and a document for each model. All of it is public,
// so the API key is never sent. Any unexpected answer is a failed read.

import type { CatalogueSource, Reading } from "../catalogue/ports.ts";
import { USER_AGENT } from "../contract/version.ts";
import { reasonOf } from "../core/generation/errors.ts";
import { answerBytes } from "../outbound/bounded-answers.ts";
import { withAbortTimeout } from "../outbound/deadlines.ts";
import { readModels } from "./aimlapi-models.ts";
import { readOperation } from "./aimlapi-operation.ts";
import { readRetirements } from "./aimlapi-retirements.ts";
import { readBody } from "./answer-body.ts";

const READING_TIMEOUT_MS = 10_000;

const MIB = 1024 * 1024;
const MAX_LIST_BYTES = 4 * MIB;
const MAX_DOCUMENT_BYTES = MIB;

/** Longer ETags are ignored. */
const MAX_ETAG_LENGTH = 200;

const MODELS = "/v1/models?output_modalities=video&include=all";
const RETIREMENTS = "/v1/models/deprecations";

export interface CatalogueSourceDeps {
  /** AIMLAPI_BASE_URL; null if it is invalid. */
  readonly baseUrl: string | null;
  readonly fetch: typeof fetch;
  readonly timeoutMs?: number;
}

export function aimlapiCatalogue(deps: CatalogueSourceDeps): CatalogueSource {
  const { baseUrl, timeoutMs = READING_TIMEOUT_MS } = deps;

  async function reading<T>(path: string, etag: string | null, expected: Expected<T>): Promise<Reading<T>> {
    if (baseUrl === null) return { kind: "failed", message: "AIMLAPI_BASE_URL is invalid" };
    // The path may come from the catalogue. It must not lead to another host.
    const url = new URL(baseUrl);
    const [pathname = "", ...query] = path.split("?");
    url.pathname = pathname;
    url.search = query.join("?");
    const call = `GET ${url.host}${pathname}`;
    try {
      return await withAbortTimeout(timeoutMs, async (signal) => {
        const response = await deps.fetch(url.href, {
          headers: {
            accept: "application/json",
            "user-agent": USER_AGENT,
            ...(etag === null ? {} : { "if-none-match": etag }),
          },
          redirect: "manual",
          signal,
        });
        const { status, headers } = response;
        const bytes = await answerBytes(response, status === 200 ? expected.mostBytes + 1 : 0);
        // answerBytes returns what it read before a body broke off. If the timeout broke it off, report the timeout.
        signal.throwIfAborted();
        const failed = (flaw: string): Reading<T> => ({ kind: "failed", message: `${call}: status ${status}${flaw}` });
        if (status === 304 && etag !== null) return { kind: "unchanged" };
        if (status !== 200) return failed("");
        const { body, flaw } = readBody(bytes, expected.mostBytes);
        if (flaw !== "") return failed(flaw);
        const value = expected.read(body);
        return value === null ? failed(expected.otherwise) : { kind: "read", value, etag: etagOf(headers) };
      });
    } catch (cause) {
      return { kind: "failed", message: `${call}: ${reasonOf(cause)}` };
    }
  }

  return {
    origin: baseUrl,
    models: (etag) =>
      reading(MODELS, etag, { mostBytes: MAX_LIST_BYTES, read: readModels, otherwise: ", not a list of video models" }),
    retirements: (etag) =>
      reading(RETIREMENTS, etag, {
        mostBytes: MAX_DOCUMENT_BYTES,
        read: readRetirements,
        otherwise: ", not a list of retirements",
      }),
    operation: (id, document, etag) =>
      reading(document, etag, {
        mostBytes: MAX_DOCUMENT_BYTES,
        read: (body) => readOperation(body, id),
        otherwise: ", not an OpenAPI document",
      }),
  };
}

interface Expected<T> {
  /** A larger answer is a failed read. */
  readonly mostBytes: number;
  /** Returns null if the answer is something else. Never throws. */
  read(body: unknown): T | null;
  /** Appended to the message if `read` returns null. */
  readonly otherwise: string;
}

/** The answer's ETag; null if it cannot be sent back in a header. */
function etagOf(headers: Headers): string | null {
  const etag = headers.get("etag") ?? "";
  return etag.length <= MAX_ETAG_LENGTH && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(etag) ? etag : null;
}
