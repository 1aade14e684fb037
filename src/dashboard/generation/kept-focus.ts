// Keeps the keyboard's focus when what has it moves: a delivery that is sent again gets another place in the list.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

const CONTROLS = "button, a, summary, pre";

interface Place {
  readonly element: HTMLElement;
  /** Of the delivery; undefined outside of deliveries. */
  readonly delivery: string | undefined;
  readonly text: string;
}

export function useKeptFocus(container: RefObject<HTMLElement | null>): void {
  const last = useRef<Place | null>(null);
  useEffect(() => {
    const remember = ({ target }: Event) => {
      const control = target instanceof Element ? target.closest<HTMLElement>(CONTROLS) : null;
      last.current = control !== null && container.current?.contains(control) ? placeOf(control) : null;
    };
    // A click beside all controls takes the focus away on purpose.
    const events = ["focusin", "pointerdown"];
    for (const each of events) document.addEventListener(each, remember);
    return () => {
      for (const each of events) document.removeEventListener(each, remember);
    };
  }, []);
  // After each update.
  useLayoutEffect(() => {
    const place = last.current;
    if (place === null || document.activeElement !== document.body) return;
    (place.element.isConnected ? place.element : sameIn(container.current, place))?.focus({ preventScroll: true });
  });
}

function placeOf(element: HTMLElement): Place {
  const delivery = element.closest<HTMLElement>("[data-delivery]")?.dataset["delivery"];
  return { element, delivery, text: element.textContent };
}

/** The same control at its new place, or what hides it, or else the list. */
function sameIn(container: HTMLElement | null, { delivery, text }: Place): HTMLElement | null {
  const cards = [...(container?.querySelectorAll<HTMLElement>("[data-delivery]") ?? [])];
  const card = cards.find((each) => each.dataset["delivery"] === delivery);
  const folded = card?.closest("details:not([open])")?.querySelector("summary");
  if (folded != null) return folded;
  const controls = [...((card ?? container)?.querySelectorAll<HTMLElement>(CONTROLS) ?? [])];
  return controls.find((each) => each.textContent === text) ?? controls[0] ?? null;
}
