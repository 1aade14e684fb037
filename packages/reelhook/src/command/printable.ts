// Text from elsewhere, such as an answer, made safe to print in one line of a terminal.

const USUAL_LENGTH = 200;

/** Control and format characters can move the cursor, change colors or reverse the direction of text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Collapses white space, replaces unsafe characters with U+FFFD, and cuts to `most` characters. */
export function printable(text: string, most = USUAL_LENGTH): string {
  return printableWithSpaces(text.replace(/\s+/g, " ").trim(), most);
}

/** The same, but keeps the spaces, which matter in a command that the user copies. */
export function printableWithSpaces(text: string, most: number): string {
  const line = text.replace(UNSAFE, "\ufffd");
  const characters = [...line.slice(0, 2 * most + 2)];
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : line;
}
