// What a page shows is part of its address, so that it survives a reload and can be shared.

/** Shows the page with another query, in place of the current entry of the tab's history. */
export function replaceQuery(place: string, query: string): void {
  history.replaceState(null, "", `#/${place}${query && `?${query}`}`);
  // Browsers announce only other changes of the address.
  dispatchEvent(new HashChangeEvent("hashchange"));
}
