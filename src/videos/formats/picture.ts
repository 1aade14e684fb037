// Calculations for both MP4 and WebM: the size at which browsers show a picture, and whether two durations agree.

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Width of a pixel divided by its height. */
  readonly pixelAspect: number;
  /** Rotated by 90 or 270 degrees. */
  readonly isTurned: boolean;
}

/** Pixels wider or narrower than this are an error in the file. */
const MAX_PIXEL_ASPECT = 10;

/**
 * The size at which browsers show a picture. Null if the pixels' aspect ratio is implausible. If pixels are not square,
 * one dimension is increased and the other left unchanged, as HTML requires:
 * https://html.spec.whatwg.org/multipage/media.html#concept-video-intrinsic-width
 */
export function displaySize({ width, height, pixelAspect, isTurned }: Picture): {
  readonly width: number | null;
  readonly height: number | null;
} {
  if (!(pixelAspect >= 1 / MAX_PIXEL_ASPECT && pixelAspect <= MAX_PIXEL_ASPECT)) return { width: null, height: null };
  const wide = pixelAspect > 1 ? Math.round(width * pixelAspect) : width;
  const high = pixelAspect < 1 ? Math.round(height / pixelAspect) : height;
  return isTurned ? { width: high, height: wide } : { width: wide, height: high };
}

/** Whether two durations in seconds are equal, except for rounding and the last frame. */
export function agree(seconds: number, other: number): boolean {
  return Math.abs(seconds - other) <= 0.2 + 0.02 * Math.max(seconds, other);
}
