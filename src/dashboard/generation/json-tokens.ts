// Splits JSON into parts to color.

export interface JsonToken {
  readonly text: string;
  /** `plain`: punctuation and spaces. */
  readonly kind: "name" | "string" | "number" | "word" | "plain";
}

const TOKEN = /(?<string>"(?:[^"\\]|\\.)*")(?<colon>\s*:)?|(?<word>true|false|null)|(?<number>-?\d[\d.eE+-]*)/g;

/** @returns parts that together are the text. */
export function jsonTokens(text: string): readonly JsonToken[] {
  const tokens: JsonToken[] = [];
  let end = 0;
  const put = (until: number, kind: JsonToken["kind"]) => {
    if (until > end) tokens.push({ text: text.slice(end, until), kind });
    end = until;
  };
  for (const { index, 0: found, groups = {} } of text.matchAll(TOKEN)) {
    put(index, "plain");
    if (groups["string"] !== undefined) put(index + groups["string"].length, groups["colon"] ? "name" : "string");
    put(index + found.length, groups["word"] ? "word" : groups["number"] ? "number" : "plain");
  }
  put(text.length, "plain");
  return tokens;
}
