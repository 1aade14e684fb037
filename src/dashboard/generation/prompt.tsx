// The prompt: a few lines of it, or all.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

export function Prompt({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false);
  const [isCut, setCut] = useState(false);
  const shown = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    const element = shown.current;
    if (element === null || isOpen) return;
    // Its lines depend on its width.
    const measure = () => setCut(element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [text, isOpen]);
  return (
    <div class="prompt">
      <p ref={shown} class={isOpen ? undefined : "folded"}>
        {text}
      </p>
      {(isCut || isOpen) && (
        <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show less" : "Show all"}
        </button>
      )}
    </div>
  );
}
