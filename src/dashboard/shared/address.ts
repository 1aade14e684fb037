// The query in a page's address says what the page shows, so that it can be reloaded and shared.

/** Shows the page with another query. Replaces the current entry in the tab's history. */
export function replaceQuery(place: string, query: string): void {
  history.replaceState(null, "", `#/${place}${query && `?${query}`}`);
  // Browsers send no event for `replaceState`.
  dispatchEvent(new HashChangeEvent("hashchange"));
}
