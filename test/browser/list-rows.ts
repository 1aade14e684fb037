// Generations in the shape of the API's lists, for pages that show more than a test can make.

import type { Page } from "playwright-core";
import type { GenerationSummary } from "../../src/contract/generation.ts";
import { encode } from "../../src/contract/ids.ts";
import { TEST } from "../support/stage.ts";
import type { WatchedPage } from "./browser.ts";
import type { Dashboard } from "./visit.ts";

const PROMPTS = [
  "A lantern in the snow, slow dolly in, warm light against the blue hour",
  "Replace the red car with a yellow taxi and keep the reflections on the wet asphalt",
  "A paper boat on a rainy street",
  null,
  "Make it look like a film from the seventies: grain, faded colors, light leaks",
];

const MODELS = ["runway/gen4_aleph", "google/veo-3.1-i2v", "kling-video/v2.1/master/text-to-video"];

const NOTHING = { delivered: 0, pending: 0, failed: 0 };

const ENDINGS: readonly Partial<GenerationSummary>[] = [
  { status: "completed", deliveries: { delivered: 3, pending: 0, failed: 0 }, usage: { credits: null, usd: 0.75 } },
  { status: "completed", deliveries: { delivered: 2, pending: 1, failed: 0 } },
  { status: "failed", error: { code: "moderated" }, deliveries: NOTHING },
  { status: "completed", deliveries: { delivered: 1, pending: 1, failed: 2 } },
  { status: "generating" },
  { status: "queued", queue: { position: 12, waiting: 40 } },
  { status: "failed", error: { code: "submission_unknown" }, deliveries: { delivered: 0, pending: 0, failed: 1 } },
  { status: "canceled", error: { code: "canceled" } },
  { status: "completed", deliveries: { delivered: 0, pending: 2, failed: 0 } },
];

const MINUTE_MS = 60_000;

/** Digits in base 32. */
function idOf(at: number): string {
  return `gen_${encode(Uint8Array.from({ length: 26 }, (_, place) => (at >> (5 * (25 - place))) % 32))}`;
}

/** @param at position from the newest, which was created `before`. @param url the video of those that have one. */
export function listedRow(at: number, before: number, url: string): GenerationSummary {
  const ending = ENDINGS[at % ENDINGS.length];
  return {
    id: idOf(at),
    object: "generation",
    status: "completed",
    mode: "test",
    model: MODELS[at % MODELS.length] ?? "",
    prompt: PROMPTS[at % PROMPTS.length] ?? null,
    created_at: new Date(before - at * MINUTE_MS).toISOString(),
    video: ending?.status === "completed" ? { url, duration_seconds: 5.04 } : null,
    error: null,
    deliveries: null,
    queue: null,
    estimate: { usd: 0.75 },
    usage: null,
    ...ending,
  };
}

interface Playing {
  /** Rows of a page, whatever is asked for. */
  readonly size?: number;
  readonly onList?: (query: URLSearchParams) => void;
}

/** Answers lists with these rows. Of the filters, only `q` counts, and only for ids. */
export async function playList(
  page: Page,
  rows: () => readonly GenerationSummary[],
  { size, onList }: Playing = {},
): Promise<void> {
  await page.route("**/v1/generations?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    onList?.(query);
    const q = query.get("q") ?? "";
    const found = rows().filter(({ id }) => !q.startsWith("gen_") || id === q);
    const from = Number(query.get("cursor") ?? 0);
    const end = from + (size ?? Number(query.get("limit") ?? 20));
    const next_cursor = end < found.length ? String(end) : null;
    const data = found.slice(from, end);
    return route.fulfill({ json: { object: "list", data, has_more: next_cursor !== null, next_cursor } });
  });
}

/** The link to a real video of the sandbox. */
export async function linkToVideo({ stage, generate }: Dashboard): Promise<string> {
  const headers = { prefer: "wait=60" };
  const ended = await stage.call(`/v1/generations/${await generate({ prompt: "[instant]" })}`, { key: TEST, headers });
  return ((await ended.json()) as { video: { url: string } }).video.url;
}

export function listedRows(count: number, url: string): GenerationSummary[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, at) => listedRow(at, now, url));
}

/** The list with these rows. */
export async function openList(
  { signedIn }: Dashboard,
  rows: readonly GenerationSummary[],
  { width = 1280, ...playing }: Playing & { readonly width?: number } = {},
): Promise<WatchedPage> {
  const options = { viewport: { width, height: 800 }, acceptDownloads: true };
  const watched = await signedIn(options, TEST, (page) => playList(page, () => rows, playing));
  await watched.page.locator("tr[data-id]").first().waitFor();
  return watched;
}
