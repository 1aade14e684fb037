// Finds the link to the video in an answer of any shape. Providers put it in `video.url`, `videos[]`, `output[]`,
// `video_url`, `result.video.uri` and more, beside thumbnails, status pages and copies of the request.

import { fieldsOf, plainEntries } from "./json-fields.ts";

/** Bounds on the search. Real answers have a few dozen values in at most five levels. */
const MAX_DEPTH = 8;
const MAX_VALUES = 20_000;
const MAX_ITEMS = 500;

/** Fields that hold something else than the result, with everything in them. */
const NOT_THE_VIDEO =
  /thumb|poster|cover|image|img|photo|picture|preview|frame|gif|audio|sound|music|voice|subtitle|caption|avatar|icon|logo|sprite|mask|^input|request|param|argument|option|setting|config|reference|character|prompt|original|^source|init|webhook|callback|doc|help|^log|error|failure|status|cancel/;

/** Fields that can hold a link to a result, next to every field with `video` in its name. */
const LINK_FIELDS = new Set([
  ...[
    "url",
    "urls",
    "uri",
    "uris",
    "link",
    "links",
    "href",
    "src",
    "output",
    "outputs",
    "result",
    "results",
    "response",
  ],
  ...[
    "download",
    "downloadurl",
    "downloaduri",
    "downloadlink",
    "file",
    "files",
    "fileurl",
    "fileuri",
    "media",
    "mediaurl",
  ],
  ...[
    "asset",
    "assets",
    "asseturl",
    "content",
    "contenturl",
    "contenturi",
    "artifact",
    "artifacts",
    "sample",
    "samples",
  ],
  ...[
    "resource",
    "resources",
    "resourceurl",
    "signedurl",
    "publicurl",
    "clip",
    "clips",
    "data",
    "generation",
    "generations",
  ],
  ...["resulturl", "outputurl", "movie", "mp4", "remoteurl", "cdnurl", "storageurl", "gcsuri", "presignedurl"],
]);

const TYPE_FIELDS = new Set(["type", "contenttype", "mimetype", "mediatype", "kind", "format", "filetype"]);
const OTHER_TYPE = /^(?:image|audio|text|thumbnail|gif|png|jpe?g|webp|mp3|wav|json)\b/i;

const VIDEO_FILE = /\.(?:mp4|webm|mov|m4v)$/i;
const OTHER_FILE =
  /\.(?:jpe?g|png|webp|gif|avif|heic|bmp|svg|json|html?|txt|vtt|srt|mp3|wav|m4a|aac|flac|zip|m3u8|mpd)$/i;

interface Place {
  readonly value: unknown;
  /** Plain name of the field, or of the list that holds the value. */
  readonly name: string;
  readonly depth: number;
  /** A field on the way to it is about a video. */
  readonly isVideo: boolean;
}

/**
 * The link to the video, or null. A link that is known to be a video's is taken before one that may be.
 *
 * @param isUsable whether a URL may be called and is not one that the caller sent.
 */
export function videoLinkIn(answer: unknown, isUsable: (url: string) => boolean): string | null {
  let fallback: string | null = null;
  // Breadth first: the nearest link is the likeliest.
  const places: Place[] = [{ value: answer, name: "", depth: 0, isVideo: false }];
  for (let at = 0; at < places.length && at < MAX_VALUES; at++) {
    const place = places[at] as Place;
    if (typeof place.value === "string") {
      const url = linkOf(place, isUsable);
      if (url === null) continue;
      if (isWatermarked(place) || !(place.isVideo || VIDEO_FILE.test(url.pathname))) fallback ??= url.href;
      else return url.href;
    } else if (place.depth < MAX_DEPTH && places.length < MAX_VALUES) {
      places.push(...inside(place));
    }
  }
  return fallback;
}

function inside({ value, name, depth, isVideo }: Place): Place[] {
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((each) => ({ value: each, name, depth: depth + 1, isVideo }));
  }
  const fields = plainEntries(fieldsOf(value) ?? {});
  const types = fields.filter(([each]) => TYPE_FIELDS.has(each)).map(([, type]) => type);
  if (types.some((type) => typeof type === "string" && OTHER_TYPE.test(type))) return [];
  const saysVideo = isVideo || types.some((type) => typeof type === "string" && /^video\b/i.test(type));
  return fields
    .filter(([each]) => !NOT_THE_VIDEO.test(each))
    .map(([each, inner]) => {
      return { value: inner, name: each, depth: depth + 1, isVideo: saysVideo || each.includes("video") };
    });
}

function linkOf({ value, name }: Place, isUsable: (url: string) => boolean): URL | null {
  if (!LINK_FIELDS.has(name) && !name.includes("video")) return null;
  const text = String(value).trim();
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  return OTHER_FILE.test(url.pathname) || !isUsable(url.href) ? null : url;
}

function isWatermarked({ name }: Place): boolean {
  return name.includes("watermark") && !name.includes("without") && !name.includes("nowatermark");
}
