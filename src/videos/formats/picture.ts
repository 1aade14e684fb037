// What MP4 and WebM have in common: the size at which browsers show a picture, and the average frame rate.

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Width of a pixel divided by its height. */
  readonly pixelAspect: number;
  /** By 90 or 270 degrees. */
  readonly isTurned: boolean;
}

/** Wider or narrower pixels are an error. */
const MAX_PIXEL_ASPECT = 10;

/**
 * If pixels are not square, one dimension is increased and the other left unchanged, as HTML requires:
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

/** Two measurements of the same time: equal, but for the rounding and the last frame. */
export function agree(seconds: number, other: number): boolean {
  return Math.abs(seconds - other) <= 0.2 + 0.02 * Math.max(seconds, other);
}
