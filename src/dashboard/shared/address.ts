// The query in a page's address says what the page shows, so that it can be reloaded and shared.

import { useLayoutEffect, useState } from "preact/hooks";

/** Shows the page with another query. Replaces the current entry in the tab's history. */
export function replaceQuery(place: string, query: string): void {
  history.replaceState(null, "", `#/${place}${query && `?${query}`}`);
  // Browsers send no event for `replaceState`.
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The address after `#/`, split at `/` and `?`. The last part may be a query. */
export function useRoute(): readonly string[] {
  const read = () => location.hash.replace(/^#\/?/, "").split(/[/?]/);
  const [route, setRoute] = useState(read);
  // Before the first paint, so that no change is missed.
  useLayoutEffect(() => {
    const follow = () => setRoute(read());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return route;
}
