// The models whose input is validated. To add one, add an entry here; to pass one through unvalidated, list it in
// EXTRA_MODELS. Fields, limits and paths are from https://docs.aimlapi.com/api-references/video-models/runway

import * as z from "zod/mini";
import { maxLength, minLength } from "../contract/fields.ts";

export const DEFAULT_MODEL = "runway/gen4_aleph";

/** Submits and polls Runway models. The provider keeps this path for old clients. */
const LEGACY_PATH = "/v2/generate/video/runway/generation";
/** Submits and polls any video model. */
const UNIVERSAL_PATH = "/v2/video/generations";

const MAX_PROMPT_LENGTH = 1000;
const MAX_SEED = 4_294_967_295;
const MAX_REMOTE_URL_LENGTH = 8192;

/** The kind of file that a field accepts. */
type Media = "image" | "video";

/** Characters in which a data URI's media type is looked for. The file behind it can be megabytes. */
const MAX_MEDIA_LENGTH = 100;

/** Requires a media type and a comma, so that other text that begins with `data:` does not match. */
export const DATA_URI = /^data:[\w.+-]{1,100}\/[\w.+-]{1,100}(;[^,]{1,200})?,/i;

/** Files on this machine. Allowed in development only. */
const LOCAL_HTTP = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/]/i;

function isMediaUrl(text: string, media: Media, allowLocal: boolean): boolean {
  if (/^data:/i.test(text))
    return DATA_URI.test(text) && text.slice("data:".length, MAX_MEDIA_LENGTH).toLowerCase().startsWith(`${media}/`);
  const remote = /^https:\/\/[^/]/i.test(text) || (allowLocal && LOCAL_HTTP.test(text));
  return remote && text.length <= MAX_REMOTE_URL_LENGTH && !/\s/.test(text) && URL.canParse(text);
}

const ARTICLES: Readonly<Record<Media, string>> = { image: "an image", video: "a video" };

function mediaUrl(media: Media, allowLocal: boolean) {
  const message = `must be an HTTPS URL or a data URI of ${ARTICLES[media]}`;
  return z.string().check(z.refine((text) => isMediaUrl(text, media, allowLocal), message));
}

const prompt = z.string().check(minLength(1), maxLength(MAX_PROMPT_LENGTH));
/** For models that need only an image. Some clients send an empty prompt instead of leaving it out. */
const optionalPrompt = z.optional(z.string().check(maxLength(MAX_PROMPT_LENGTH)));
const seed = z.int().check(z.minimum(0), z.maximum(MAX_SEED));
const frameSize = z
  .enum(["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672", "848:480", "640:480"])
  // The provider's default. A missing field is not sent.
  .register(z.globalRegistry, { default: "1280:720" });

/**
 * How to handle fields that are not in a model's schema, at any depth: `strict` refuses them, `lenient` passes them on
 * to the provider. Named as in RFC 7240, section 4.4.
 */
export type Handling = "strict" | "lenient";

export function objectOf<S extends z.core.$ZodLooseShape>(fields: S, handling: Handling) {
  return handling === "strict" ? z.strictObject(fields) : z.looseObject(fields);
}

export interface Model {
  readonly id: string;
  /** The provider's path for submitting and polling. */
  readonly path: string;
  /** The model's own fields; null for a model that is passed through without validation. */
  readonly fields: z.core.$ZodShape | null;
}

function modelsWith(allowLocal: boolean, handling: Handling) {
  const image = mediaUrl("image", allowLocal);
  const video = mediaUrl("video", allowLocal);
  const imageFile = objectOf({ type: z.literal("image"), url: image }, handling);
  const videoFile = objectOf({ type: z.literal("video"), url: video }, handling);
  return [
    {
      id: "runway/gen4_aleph",
      path: LEGACY_PATH,
      fields: {
        prompt,
        video_url: video,
        references: z.optional(z.array(imageFile)),
        frame_size: z.optional(frameSize),
        duration: z.optional(z.literal(5).register(z.globalRegistry, { default: 5 })),
        seed: z.optional(seed),
      },
    },
    {
      id: "runway/gen4_turbo",
      path: UNIVERSAL_PATH,
      fields: {
        image_url: image,
        prompt: optionalPrompt,
        tail_image_url: z.optional(image),
        aspect_ratio: z.optional(z.enum(["16:9", "9:16", "4:3", "3:4", "1:1", "21:9"])),
        duration: z.optional(z.literal([5, 10])),
        seed: z.optional(seed),
      },
    },
    {
      id: "gen3a_turbo",
      path: UNIVERSAL_PATH,
      fields: {
        image_url: image,
        prompt: optionalPrompt,
        tail_image_url: z.optional(image),
        aspect_ratio: z.optional(z.enum(["16:9", "9:16"])),
        duration: z.optional(z.literal([5, 10])),
        seed: z.optional(seed),
      },
    },
    {
      id: "runway/act_two",
      path: UNIVERSAL_PATH,
      fields: {
        character: z.discriminatedUnion("type", [imageFile, videoFile]),
        reference: videoFile,
        frame_size: z.optional(frameSize),
        body_control: z.optional(z.boolean()),
        expression_intensity: z.optional(
          z.int().check(z.minimum(1), z.maximum(5)).register(z.globalRegistry, { default: 3 }),
        ),
        seed: z.optional(seed),
      },
    },
  ] as const satisfies readonly Model[];
}

/** The models whose input is validated, the default first. */
export const MODELS: readonly Model[] = modelsWith(false, "strict");

export interface ModelRules {
  readonly extraModels: readonly string[];
  /** Allows file URLs on this machine. Development only. */
  readonly allowLocal: boolean;
  readonly handling: Handling;
}

/** Models by their rules, built when first needed because building schemas takes time. */
const madeModels = new Map<string, readonly Model[]>([["false strict", MODELS]]);

export function modelsFor({ allowLocal, handling }: Omit<ModelRules, "extraModels">): readonly Model[] {
  const key = `${allowLocal} ${handling}`;
  const models = madeModels.get(key) ?? modelsWith(allowLocal, handling);
  madeModels.set(key, models);
  return models;
}

export function findModel(id: string, rules: ModelRules): Model | null {
  const known = modelsFor(rules).find((model) => model.id === id);
  if (known !== undefined) return known;
  return rules.extraModels.includes(id) ? { id, path: UNIVERSAL_PATH, fields: null } : null;
}

/** The path for an accepted generation's model, which may since have been removed from EXTRA_MODELS. */
export function pathOf(modelId: string): string {
  return MODELS.find(({ id }) => id === modelId)?.path ?? UNIVERSAL_PATH;
}
