// The lines that are printed when a generation starts, and when its video is saved.

import type { Generation } from "../../types.ts";
import { printable } from "../printable.ts";
import { bytesText, dollarsText } from "./texts.ts";

/** The generation, and a warning if its model is retired soon. */
export function startLines({ id, mode, model, estimate, deprecated }: Generation): string[] {
  const price = mode === "live" && estimate.usd !== null ? `, about ${dollarsText(estimate.usd)}` : "";
  return [`Generation ${id}: ${printable(model)}, ${mode} mode${price}`, ...retirement(deprecated)];
}

function retirement(deprecated: Generation["deprecated"]): string[] {
  if (deprecated === null) return [];
  const replacement =
    deprecated.replacement === null ? "" : ` Its replacement is ${printable(deprecated.replacement)}.`;
  return [`The provider retires this model on ${deprecated.on}.${replacement}`];
}

/** The file with what is known of the video, and the cost. */
export function savedLines({ video, mode, usage, estimate }: Generation, file: string): string[] {
  const facts =
    video === null
      ? []
      : [
          bytesText(video.bytes),
          ...(video.width === null || video.height === null ? [] : [`${video.width}×${video.height}`]),
          ...(video.duration_seconds === null ? [] : [`${video.duration_seconds.toFixed(1)} s`]),
        ];
  return [
    `Saved ${file}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`,
    ...costLines({ mode, usage, estimate }),
  ];
}

function costLines({ mode, usage, estimate }: Pick<Generation, "mode" | "usage" | "estimate">): string[] {
  if (mode === "test") return [];
  const charged = usage?.usd ?? null;
  if (charged !== null) return [`Cost: ${dollarsText(charged)}`];
  return estimate.usd === null ? [] : [`Cost: about ${dollarsText(estimate.usd)}, estimated from the price list`];
}
