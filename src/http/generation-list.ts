// /v1/generations: the list.

import type { Context } from "hono";
import type { ListedGeneration, ListQuery } from "../account/listing.ts";
import type { GenerationPage } from "../contract/generation.ts";
import { toJson } from "../contract/json.ts";
import { listQuerySchema } from "../contract/requests.ts";
import { writeCursor } from "../core/cursor.ts";
import { summaryView } from "../core/generation/summary-view.ts";
import type { QueuePlace } from "../core/queue/standing.ts";
import { queueView } from "../core/queue/view.ts";
import { linkSigner } from "../videos/links.ts";
import type { AppEnv } from "./app-env.ts";
import { baseUrlOf } from "./origins.ts";
import { positionOf } from "./positions.ts";
import { route, sendJson } from "./route.ts";
import { readQuery } from "./validation.ts";

export const listGenerations = route({ method: "get", path: "/v1/generations" }, async (c) => {
  const scope = c.get("scope");
  const page = await c.get("gateways").index.list(scope, readListQuery(c));
  const [places, urls] = await Promise.all([queuePlacesOf(c, page.rows), videoUrlsOf(c, page.rows)]);
  const next = page.next && writeCursor(page.next);
  const json = toJson<GenerationPage>({
    object: "list",
    data: page.rows.map((row) => {
      const [url, durationMs] = [urls.get(row.id), row.video?.durationMs ?? null];
      return {
        ...summaryView(row),
        mode: scope.mode,
        video: url === undefined ? null : { url, duration_seconds: durationMs && durationMs / 1000 },
        queue: queueView(places.get(row.id) ?? null),
      };
    }),
    has_more: next !== null,
    next_cursor: next,
  });
  return sendJson(c, json);
});

/** @throws Problem that names every parameter that is wrong. */
function readListQuery(c: Context<AppEnv>): ListQuery {
  const { cursor, created_after, created_before, "metadata.KEY": metadata, ...query } = readQuery(c, listQuerySchema);
  return {
    ...query,
    metadata,
    createdAfter: timeOf(created_after),
    createdBefore: timeOf(created_before),
    after: positionOf(cursor, "gen"),
  };
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

/** The places in line of those that may wait there. One call for the whole page, and none if none of them may. */
async function queuePlacesOf(
  c: Context<AppEnv>,
  rows: readonly ListedGeneration[],
): Promise<ReadonlyMap<string, QueuePlace | null>> {
  const ids = rows.filter(({ status }) => status === "queued").map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const places = await c.get("gateways").queuePlaces.places(c.get("scope"), ids);
  return new Map(ids.map((id, at) => [id, places[at] ?? null]));
}

/** Signed links to the stored videos, by generation. */
async function videoUrlsOf(
  c: Context<AppEnv>,
  rows: readonly ListedGeneration[],
): Promise<ReadonlyMap<string, string>> {
  const { signingSecrets, linkTtlMs } = c.get("config");
  const links = linkSigner({ signingSecrets, clock: c.get("gateways").clock });
  const base = baseUrlOf(c);
  const stored = rows.filter(({ video }) => video !== null);
  const signed = await Promise.all(stored.map((video) => links.sign({ ...video, base, ttlMs: linkTtlMs })));
  return new Map(stored.map(({ id }, at) => [id, signed[at]?.url ?? ""]));
}
