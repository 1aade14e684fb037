// Finds the link to the video in an answer of any shape. Providers put it in `video.url`, `videos[]`, `output[]`,
// `video_url`, `result.video.uri` and more, beside thumbnails, status pages and copies of the request.

import { fieldsOf, plainEntries } from "./json-fields.ts";

/** Limits on the search. Real answers have a few dozen values in at most five levels. */
const MAX_DEPTH = 8;
const MAX_VALUES = 20_000;
const MAX_ITEMS = 500;
/** Signed URLs of object stores can be long. */
const MAX_LINK_LENGTH = 16_384;

/** Fields that contain something other than the result. Everything inside them is ignored. */
const NOT_THE_VIDEO = new RegExp(
  [
    // Other media.
    "thumb|poster|cover|image|img|photo|picture|preview|snapshot|frame|gif|audio|sound|music|voice|subtitle|caption",
    "avatar|icon|logo|sprite|mask|transcript",
    // Inputs of the job.
    "^input|request|param|argument|option|setting|config|reference|character|prompt|original|^source(?!s$)|^src(?:video|url)",
    "^init|^parent|^driv|^base(?:video|url)|^user|^(?:start|end|first|last|tail)(?:video|clip|url)|template|^background(?:video|url|media)",
    // Clips of work in progress, pages that show the video, and URLs of the API.
    "progress|page|shar(?:e|ing)|embed|player|webhook|callback|doc|help|^log|error|failure|status|cancel|poll|upload(?!ed)|support|pricing|billing|dashboard",
    "^(?:self|get|next|prev|previous|api)(?:url)?$",
  ].join("|"),
);

/** Names that match `NOT_THE_VIDEO` but belong to the result: `image_to_video`, `video_with_audio_url`. */
const STILL_THE_VIDEO =
  /(?:image|img|text|audio|frames?|reference|character)s?(?:to|2)video|with(?:audio|sound|music|voice)/;

/** Copies of lower quality, used only if there is no other link. */
const WORSE = /watermark|stream|hosted|web(?!m)|watch|proxy|lowres|lowquality/;
const CLEAN = /(?:without|no|non|un|remove)watermark|watermark(?:free|removed|less)/;

/** Fields that can contain a link to a result, in addition to every field with `video` or `mp4` in its name. */
const LINK_FIELDS = new Set(
  `artifact artifacts asset assets asseturl cdnurl clip clips content contenturi contenturl data download downloadlink
  downloads downloaduri downloadurl file files fileuri fileurl gcsuri generation generations href link links media
  mediaurl movie mp4 output outputs outputurl presignedurl publicurl remoteurl resource resources resourceurl response
  result results resulturl resulturls sample samples signedurl src storageurl uri uris url urls`.split(/\s+/),
);

/** Names of the versions of one video: `{"video": {"720p": …}}`. */
const VERSION = /^(?:\d{3,4}p|[248]k|sd|hd|fhd|uhd|hq|mp4|webm|mov|high|medium|low|full|raw|default|best)(?:url)?$/;

const TYPE_FIELDS = new Set(["type", "contenttype", "mimetype", "mediatype", "kind", "format", "filetype"]);
const OTHER_TYPE = /^(?:image|audio|text|thumbnail|gif|png|jpe?g|webp|mp3|wav|json)s?(?:\/.*)?$/i;

const VIDEO_FILE = /\.(?:mp4|webm|mov|m4v|mkv)$/i;
const OTHER_FILE =
  /\.(?:jpe?g|png|webp|gif|avif|heic|bmp|svg|json|html?|txt|vtt|srt|ass|mp3|wav|m4a|aac|flac|zip|m3u8|mpd)$/i;

interface Place {
  readonly value: unknown;
  /** Plain name of the field, or of the list that contains the value. */
  readonly name: string;
  readonly depth: number;
  /** Whether a field on the path to the value is about a video. */
  readonly isVideo: boolean;
  /** Whether a field on the path to the value is about a copy of lower quality. */
  readonly isWorse: boolean;
}

/** Preference for a link. Lower is better. */
const RANKS = { clean: 0, video: 1, result: 2, worse: 3 } as const;
type Rank = (typeof RANKS)[keyof typeof RANKS];

/**
 * The link to the video, or null. Prefers links that certainly lead to a video, and then the link nearest to the top of
 * the answer.
 *
 * @param isUsable whether a URL may be called and is not one that the caller sent.
 */
export function videoLinkIn(answer: unknown, isUsable: (url: string) => boolean): string | null {
  let best: { readonly url: string; readonly rank: Rank } | null = null;
  // Breadth first, so that the link nearest to the top comes first.
  const places: Place[] = [{ value: answer, name: "", depth: 0, isVideo: false, isWorse: false }];
  for (let at = 0; at < places.length && at < MAX_VALUES; at++) {
    const place = places[at] as Place;
    if (typeof place.value === "string") {
      const link = linkOf(place);
      if (link === null || (best !== null && best.rank <= link.rank) || !isUsable(link.url)) continue;
      best = link;
    } else if (place.depth < MAX_DEPTH && places.length < MAX_VALUES) {
      places.push(...inside(place));
    }
  }
  return best?.url ?? null;
}

function inside({ value, name, depth, isVideo, isWorse }: Place): Place[] {
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((each) => ({ value: each, name, depth: depth + 1, isVideo, isWorse }));
  }
  const fields = plainEntries(fieldsOf(value) ?? {});
  const types = fields
    .filter(([each]) => TYPE_FIELDS.has(each))
    .map(([, type]) => (typeof type === "string" ? type : ""));
  if (depth > 0 && (types.some((type) => OTHER_TYPE.test(type)) || isComplaint(fields))) return [];
  const saysVideo = isVideo || types.some((type) => /^video(?:s|\/.*)?$/i.test(type));
  return fields
    .filter(([each]) => !NOT_THE_VIDEO.test(each.replace(STILL_THE_VIDEO, "video")))
    .map(([each, inner]) => ({
      value: inner,
      name: each,
      depth: depth + 1,
      isVideo: saysVideo || each.includes("video"),
      isWorse: isWorse || (WORSE.test(each) && !CLEAN.test(each)),
    }));
}

/** A validator's error, or a link of the API: `{"loc": …, "msg": …, "url": …}`, `{"rel": "self", "href": …}`. */
function isComplaint(fields: readonly (readonly [string, unknown])[]): boolean {
  return fields.some(([name, value]) => name === "loc" || (name === "rel" && value === "self"));
}

function linkOf({ value, name, isVideo, isWorse }: Place): { url: string; rank: Rank } | null {
  if (typeof value !== "string" || value.length > MAX_LINK_LENGTH) return null;
  const text = value.trim();
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  const { href: url, pathname } = new URL(text);
  if (OTHER_FILE.test(pathname)) return null;
  const isNamed =
    LINK_FIELDS.has(name) || /video|mp4/.test(name) || CLEAN.test(name) || (isVideo && VERSION.test(name));
  if (!isNamed) return null;
  if (isWorse) return { url, rank: RANKS.worse };
  if (CLEAN.test(name)) return { url, rank: RANKS.clean };
  return { url, rank: isVideo || VIDEO_FILE.test(pathname) ? RANKS.video : RANKS.result };
}
