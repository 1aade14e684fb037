// Names of the lanes of the timeline: the shortest text by which a webhook differs from the others.

/** @returns a name for each URL, in the same order. Names of different URLs differ. */
export function laneNames(urls: readonly string[]): readonly string[] {
  const all = urls.map((url) => ({ url, names: namesOf(url) }));
  return all.map(({ url, names }) => {
    const others = all.filter((each) => each.url !== url);
    return names.find((name) => others.every((each) => !each.names.includes(name))) ?? url;
  });
}

/** Texts that a URL can be called, shortest first: its host, then more and more of its path, then of all else. */
function namesOf(url: string): readonly string[] {
  const parsed = URL.parse(url);
  if (parsed === null) return [url];
  const { host, pathname, search } = parsed;
  const parts = pathname.split("/").slice(1);
  const ends = parts.map((_, index) => `…/${parts.slice(parts.length - 1 - index).join("/")}`);
  const named = ends.filter((end) => end !== "…/");
  const paths = [...named, `${host}${pathname}`];
  return [host, ...paths, ...(search === "" ? [] : paths.map((path) => path + search)), url];
}
