// The model field of the playground: a searchable list, built as an editable combobox as in
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/examples/combobox-autocomplete-list/

import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ModelDetail, ModelView } from "../../contract/models.ts";
import { useLoad, useSession } from "../shared/hooks.ts";
import { factsOf, hasEnded, matching } from "../shared/models.ts";
import { Failure } from "../shared/ui.tsx";

interface Props {
  /** Id of the chosen model. */
  readonly chosen: string;
  /** The chosen model; null until it is loaded. */
  readonly model: ModelDetail | null;
  readonly isLoading: boolean;
  onChoose(id: string): void;
}

/** How many options Page Up and Page Down move. */
const PAGE = 8;

export function ModelPicker({ chosen, model, isLoading, onChoose }: Props) {
  const { client } = useSession();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  /** Null until something is typed. */
  const [query, setQuery] = useState<string | null>(null);
  const [pointed, setPointed] = useState("");
  // The list is loaded when the field gets the focus, so that the page does not wait for it.
  const [isWanted, setWanted] = useState(false);
  const list = useLoad(isWanted ? "models" : "", async () => (isWanted ? (await client.listModels()).data : null));
  const shown = list.value === null ? [] : matching(list.value, query ?? "");
  const found = shown.findIndex((each) => each.id === pointed);
  // Enter takes the first match.
  const active = found === -1 && query !== null && shown.length > 0 ? 0 : found;
  const optionId = (index: number) => `${id}-${index}`;
  useLayoutEffect(() => {
    if (isOpen && active !== -1) document.getElementById(optionId(active))?.scrollIntoView({ block: "nearest" });
  }, [isOpen, active, shown.length]);
  const box = useRef<HTMLInputElement>(null);
  // While the id is shown, it is selected, so that typing replaces it.
  useLayoutEffect(() => {
    if (query === null && document.activeElement === box.current) box.current?.select();
  }, [query === null, chosen]);
  const open = () => {
    setWanted(true);
    if (isOpen) return;
    setOpen(true);
    setPointed(chosen);
  };
  const close = () => {
    setOpen(false);
    setQuery(null);
  };
  const choose = ({ id: picked }: ModelView) => {
    close();
    onChoose(picked);
  };
  const move = (steps: number) => {
    const isOver = active + steps < 0 || active + steps >= shown.length;
    const edge = steps > 0 ? shown.length - 1 : 0;
    // A step beyond one end of the list goes to the other end; a page stops at the end.
    const next = !isOver ? active + steps : Math.abs(steps) > 1 ? edge : steps > 0 ? 0 : shown.length - 1;
    setPointed(shown[next]?.id ?? "");
  };
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const by = steps[key];
    if (by === undefined && key !== "Enter" && !(key === "Escape" && isOpen)) return;
    // Without this, Enter submits the form.
    event.preventDefault();
    const model = shown[active];
    if (key === "Escape") close();
    else if (!isOpen) open();
    else if (by !== undefined) move(by);
    else if (model !== undefined) choose(model);
  };
  const isShown = isOpen && shown.length > 0;
  return (
    <div class="field picker">
      <label for={id}>
        Model <code>model</code>
      </label>
      <input
        ref={box}
        id={id}
        name="model"
        type="text"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={isShown && active !== -1 ? optionId(active) : undefined}
        aria-describedby={`${id}-notes`}
        autocomplete="off"
        spellcheck={false}
        value={query ?? chosen}
        onFocus={(event) => {
          setWanted(true);
          event.currentTarget.select();
        }}
        onClick={open}
        onInput={(event) => {
          open();
          setQuery(event.currentTarget.value);
          setPointed("");
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {/* A click in the list must not take the focus from the text box. */}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Models"
        hidden={!isShown}
        onMouseDown={(event) => event.preventDefault()}
      >
        {isShown &&
          shown.map((each, index) => (
            <Option
              key={each.id}
              id={optionId(index)}
              model={each}
              isActive={index === active}
              isChosen={each.id === chosen}
              onChoose={() => choose(each)}
            />
          ))}
      </div>
      <p class="notes" id={`${id}-notes`} role="status">
        {isOpen && list.error === null
          ? countOf(shown.length, list.value?.length ?? null, query ?? "")
          : isLoading
            ? "Loading its fields …"
            : model && factsOf(model)}
      </p>
      <Failure error={list.error} retry={list.reload} />
    </div>
  );
}

function countOf(shown: number, all: number | null, query: string): string {
  if (all === null) return "Loading the models …";
  return shown === 0 ? `No model matches “${query}”.` : `${shown} of ${all} models`;
}

interface OptionProps {
  readonly id: string;
  readonly model: ModelView;
  readonly isActive: boolean;
  readonly isChosen: boolean;
  onChoose(): void;
}

function Option({ id, model, isActive, isChosen, onChoose }: OptionProps) {
  const { deprecated } = model;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the text box handles the keys of the list.
    // biome-ignore lint/a11y/useFocusableInteractive: the text box keeps the focus.
    <div id={id} role="option" aria-selected={isActive} aria-current={isChosen ? "true" : undefined} onClick={onChoose}>
      <span>
        {model.name !== null && <b>{model.name} </b>}
        <code>{model.id}</code>
        {deprecated !== null && (
          <span class="badge ending">
            {hasEnded(deprecated, Date.now()) ? "retired" : "retires"} on {deprecated.on}
          </span>
        )}
      </span>
      <small>{factsOf(model)}</small>
    </div>
  );
}
