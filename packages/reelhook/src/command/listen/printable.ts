// Text from elsewhere, such as an answer, made safe to print in one line of a terminal.

const MOST = 200;

/** Control and format characters can move the cursor, change colors or reverse the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Collapses white space, replaces unsafe characters with U+FFFD, and cuts to 200 characters. */
export function printable(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(UNSAFE, "\ufffd");
  const characters = [...line.slice(0, 2 * MOST + 2)];
  return characters.length > MOST ? `${characters.slice(0, MOST).join("")}…` : line;
}
