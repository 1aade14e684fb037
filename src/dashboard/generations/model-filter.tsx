import { useEffect, useState } from "preact/hooks";
import type { GenerationSummary } from "../../contract/generation.ts";
import { useSession } from "../shared/hooks.ts";

interface Props {
  /** Empty means any. */
  readonly model: string;
  readonly rows: readonly GenerationSummary[];
  readonly onChange: (model: string) => void;
}

/** Chooses among all models, those in the list first. Also models that the provider has retired, if they are in the list. */
export function ModelFilter({ model, rows, onChange }: Props) {
  const { client } = useSession();
  const [all, setAll] = useState<readonly string[]>([]);
  useEffect(() => {
    // Without the catalogue, the models in the list can still be chosen.
    const load = async () => setAll((await client.listModels()).data.map(({ id }) => id));
    void load().catch(() => {});
  }, [client]);
  // Rows with another model leave the list once a model is chosen, but can be wanted next.
  const [seen, setSeen] = useState<readonly string[]>([]);
  useEffect(() => {
    const news = rows.map((row) => row.model).filter((id) => !seen.includes(id));
    if (news.length > 0) setSeen([...new Set([...seen, ...news])].sort());
  }, [rows]);
  const here = model === "" || seen.includes(model) ? seen : [...seen, model].sort();
  const others = all.filter((id) => !here.includes(id)).sort();
  return (
    <label>
      Model
      <select value={model} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">any</option>
        <Group label="In this list" models={here} />
        <Group label="All others" models={others} />
      </select>
    </label>
  );
}

function Group({ label, models }: { label: string; models: readonly string[] }) {
  if (models.length === 0) return null;
  return (
    <optgroup label={label}>
      {models.map((id) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </optgroup>
  );
}
