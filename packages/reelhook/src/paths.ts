/**
 * Puts ids into a path with placeholders, such as `/v1/generations/{id}`.
 *
 * @throws TypeError for an id that would make a different path: `..` is not escaped, and would go up by one segment.
 */
export function pathOf(path: string, ids: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name];
    if (typeof id !== "string" || /^\.{0,2}$/.test(id)) throw new TypeError(`Invalid ${name}: ${JSON.stringify(id)}.`);
    return encodeURIComponent(id);
  });
}
