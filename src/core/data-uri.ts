/** Requires a media type and a comma, so that other text that begins with `data:` does not match. */
export const DATA_URI = /^data:[\w.+-]{1,100}\/[\w.+-]{1,100}(;[^,]{1,200})?,/i;

/** A data URI as records keep it, such as `data:video/mp4;… (1234567 bytes)`. */
export const SHORTENED_DATA_URI = /^data:[\w.+-]+\/[\w.+-]+;… \(\d+ bytes\)$/i;
