/** Path and query of a video's signed link, because the CSP allows only this page's own origin. */
export function pathOf({ url }: { readonly url: string }): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
