// Pages whose code is loaded when they are first shown, so that the start page is small.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** @param load imports the page. It is called once, and again only after it has failed. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [Page, setPage] = useState(() => loaded);
    const [isFailed, setFailed] = useState(false);
    useEffect(() => {
      if (Page !== null) return;
      const show = (page: ComponentType<Props>) => {
        loaded = page;
        setPage(() => page);
      };
      load().then(show, () => setFailed(true));
    }, []);
    if (Page !== null) return <Page {...props} />;
    if (!isFailed) return <p class="loading">Loading …</p>;
    // A new release has other files.
    return (
      <div class="failure" role="alert">
        <p>This page could not be loaded. Reelhook may be unreachable, or may have been updated.</p>
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
      </div>
    );
  };
}
