// Resolution and aspect ratio. Models name resolutions (`720p`), list sizes (`1280:720`), or have only an aspect ratio.

import { type Mapped, unsupported } from "./file-fields.ts";
import { type Field, firstField, type InputSchema, isNumeric } from "./input-schema.ts";
import type { JsonObject, JsonValue, VideoRequest, Warning } from "./video-model.ts";

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Sizes are rounded: 854x480, 848x480 and 832x480 are all meant to be 16:9. */
const SAME_RATIO = 0.03;

/** Lengths of the short side. */
const NAMED: Readonly<Record<string, number>> = { sd: 480, hd: 720, fhd: 1080, "2k": 1440, qhd: 1440, "4k": 2160 };

const NAMES = {
  resolution: ["resolution", "max_resolution"],
  size: ["frame_size", "size"],
  aspectRatio: ["aspect_ratio", "ratio"],
};

/** A value that the model does not take is passed on, so that the API's error lists those that it takes. */
export function mapShape(
  { resolution, aspectRatio }: Pick<VideoRequest, "resolution" | "aspectRatio">,
  schema: InputSchema,
): Mapped {
  const input: JsonObject = {};
  const warnings: Warning[] = [];
  const ratio = firstField(schema, NAMES.aspectRatio);
  const size = firstField(schema, NAMES.size);
  const named = firstField(schema, NAMES.resolution);
  if (resolution !== undefined) {
    if (named !== undefined) input[named.name] = namedResolution(named.schema, resolution);
    else if (size !== undefined) input[size.name] = sizeLike(size.schema, resolution);
    const derived = aspectRatio === undefined && ratio !== undefined ? ratioOf(ratio, resolution) : undefined;
    if (derived !== undefined && ratio !== undefined) input[ratio.name] = derived;
    const isSent = named !== undefined || size !== undefined;
    if (!isSent || (ratio !== undefined && aspectRatio === undefined && derived === undefined)) {
      warnings.push(resolutionWarning(isSent, derived));
    }
  }
  if (aspectRatio === undefined) return { input, warnings };
  if (ratio !== undefined) {
    input[ratio.name] = aspectRatioValue(ratio.schema, aspectRatio);
  } else if (size === undefined || aspectRatio === "adaptive") {
    warnings.push(unsupported("aspectRatio", "The model has no field for the aspect ratio."));
  } else if (input[size.name] === undefined) {
    input[size.name] = sizeOfRatio(size.schema, aspectRatio);
  } else if (!isSameRatio(input[size.name], aspectRatio)) {
    warnings.push(unsupported("aspectRatio", `The resolution sets the shape, in ${size.name}.`));
  }
  return { input, warnings };
}

function resolutionWarning(isSent: boolean, ratio: JsonValue | undefined): Warning {
  const feature = "resolution";
  if (isSent) {
    const details = "The model has no aspect ratio of this shape. Only the number of lines is sent.";
    return { type: "compatibility", feature, details };
  }
  if (ratio === undefined) return unsupported(feature, "The model has no field for the resolution.");
  const details = `The model has no field for the resolution. Only its shape is sent, as the aspect ratio ${ratio}.`;
  return { type: "compatibility", feature, details };
}

/** Such as `720p` or `hd`, by the short side. */
function namedResolution(schema: InputSchema, resolution: string): JsonValue {
  const size = sizeIn(resolution);
  const lines = size && Math.min(size.width, size.height);
  const found = schema.enum?.find((value) => isSameSize(value, size) || (lines !== null && linesIn(value) === lines));
  if (found !== undefined) return found;
  if (lines !== null && schema.type !== undefined && isNumeric(schema)) return lines;
  return schema.enum === undefined && lines !== null ? `${lines}p` : resolution;
}

/** The resolution in the way that the field writes sizes. */
function sizeLike(schema: InputSchema, resolution: string): JsonValue {
  const size = sizeIn(resolution);
  const found = schema.enum?.find((value) => isSameSize(value, size));
  return found ?? resolution.replace("x", separatorIn(schema));
}

/** The largest size of that shape. */
function sizeOfRatio(schema: InputSchema, aspectRatio: string): JsonValue {
  const areaOf = (value: JsonValue) => {
    const size = sizeIn(value);
    return size === null ? 0 : size.width * size.height;
  };
  const fitting = (schema.enum ?? []).filter((value) => isSameRatio(value, aspectRatio));
  const [largest] = fitting.sort((a, b) => areaOf(b) - areaOf(a));
  return largest ?? aspectRatio;
}

function aspectRatioValue({ enum: values = [] }: InputSchema, aspectRatio: string): JsonValue {
  if (aspectRatio !== "adaptive" || values.includes("adaptive")) return aspectRatio;
  return values.includes("auto") ? "auto" : aspectRatio;
}

/** The aspect ratio that the model has for a size. */
function ratioOf({ schema }: Field, resolution: string): JsonValue | undefined {
  if (schema.deprecated === true) return undefined;
  if (schema.enum !== undefined) return schema.enum.find((value) => isSameRatio(value, resolution));
  const size = sizeIn(resolution);
  if (size === null) return undefined;
  const divisor = greatestCommonDivisor(size.width, size.height);
  return `${size.width / divisor}:${size.height / divisor}`;
}

/** Reads `1280x720`, `1280:720` and `1280*720`; also aspect ratios. */
function sizeIn(value: JsonValue | undefined): Size | null {
  const [, width, height] = /^(\d+(?:\.\d+)?)[x:*](\d+(?:\.\d+)?)$/i.exec(String(value)) ?? [];
  const size = { width: Number(width), height: Number(height) };
  return size.width > 0 && size.height > 0 ? size : null;
}

function linesIn(value: JsonValue): number | null {
  const text = String(value).toLowerCase();
  const [, lines] = /^(\d+)p?$/.exec(text) ?? [];
  return lines === undefined ? (NAMED[text] ?? null) : Number(lines);
}

function isSameSize(value: JsonValue, size: Size | null): boolean {
  const other = sizeIn(value);
  return other !== null && other.width === size?.width && other.height === size.height;
}

function isSameRatio(one: JsonValue | undefined, other: JsonValue): boolean {
  const [a, b] = [sizeIn(one), sizeIn(other)];
  if (a === null || b === null) return false;
  return Math.abs((a.width * b.height) / (a.height * b.width) - 1) <= SAME_RATIO;
}

function separatorIn({ enum: values = [] }: InputSchema): string {
  return /\d([x:*])\d/i.exec(String(values[0]))?.[1] ?? "x";
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
