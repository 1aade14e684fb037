// The query in a page's address says what the page shows, so that it can be reloaded and shared.

import { useLayoutEffect, useState } from "preact/hooks";

/** Shows the page with another query. Replaces the current entry in the tab's history. */
export function replaceQuery(place: string, query: string): void {
  history.replaceState(history.state, "", `#/${place}${query && `?${query}`}`);
  // Browsers send no event for `replaceState`.
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The address after `#/`, split at `/`. The last part may be a query, which begins after the first `?`. */
export function useRoute(): readonly string[] {
  const read = () => {
    const [, path = "", query = ""] = /^#?\/?([^?]*)\??(.*)$/.exec(location.hash) ?? [];
    return [...path.split("/"), ...(query === "" ? [] : [query])];
  };
  const [route, setRoute] = useState(read);
  // Before the first paint, so that no change is missed.
  useLayoutEffect(() => {
    const follow = () => setRoute(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
