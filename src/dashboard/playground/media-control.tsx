// Form control for a video, an image or a sound: the URL of one, or a file that is sent with the request.

import { createContext } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import { bytesOf } from "../shared/units.ts";
import { fileRefusal, MAX_FILES_BYTES, type MediaKind } from "./files.ts";
import { type FieldProps, Name, Notes } from "./form-controls.tsx";
import { pastedUpload, Upload } from "./upload.ts";

/** Bytes of all files in the form. */
export const FilesContext = createContext(0);

export function MediaControl({ kind, ...props }: FieldProps & { kind: MediaKind }) {
  const { name, label, schema, value, pointer, errors, onChange } = props;
  const id = useId();
  const inForm = useContext(FilesContext);
  const picker = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [refused, setRefused] = useState<string>();
  const [isOver, setOver] = useState(false);
  /** The file that is being read; a newer choice replaces it. */
  const reading = useRef<File | null>(null);
  const upload = value instanceof Upload ? value : null;
  const error = refused ?? (upload?.isLost ? "Choose the file again: it was not kept." : errors.get(pointer));
  const set = (next: unknown) => {
    reading.current = null;
    setRefused(undefined);
    onChange(next);
  };
  const take = async (file: File | undefined) => {
    if (file === undefined) return;
    const refusal = fileRefusal(file, kind, inForm - (upload?.isLost === false ? upload.size : 0));
    setRefused(refusal ?? undefined);
    reading.current = refusal === null ? file : null;
    if (refusal !== null) return;
    const read = await uploadOf(file).catch(() => null);
    if (reading.current !== file) return;
    if (read === null) setRefused(`${file.name} cannot be read. Choose it again.`);
    else set(read);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button does the same by keyboard.
    <div
      class={`field media ${isOver ? "over" : ""}`}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) =>
        setOver(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))
      }
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files[0]);
      }}
    >
      <label for={upload === null ? id : `${id}-file`}>
        <Name {...props} />
      </label>
      <div class="row">
        {upload === null ? (
          <input
            id={id}
            name={name}
            type="text"
            inputMode="url"
            spellcheck={false}
            placeholder="https://…"
            value={String(value ?? "")}
            aria-invalid={error !== undefined}
            aria-describedby={`${id}-notes`}
            onInput={({ currentTarget: { value: typed } }) =>
              set(typed === "" ? undefined : (pastedUpload(typed) ?? typed))
            }
          />
        ) : (
          <span class="file">
            {upload.name} <small>{bytesOf(upload.size)}</small>
          </span>
        )}
        <button
          ref={button}
          id={`${id}-file`}
          type="button"
          aria-label={`${upload === null ? "Choose a file" : "Replace"}: ${label}`}
          aria-describedby={`${id}-notes`}
          data-invalid={upload !== null && error !== undefined}
          onClick={() => picker.current?.click()}
        >
          {upload === null ? "Choose a file" : "Replace"}
        </button>
        {upload !== null && (
          <button
            type="button"
            aria-label={`Remove: ${label}`}
            onClick={() => {
              set(undefined);
              // This button disappears.
              button.current?.focus();
            }}
          >
            Remove
          </button>
        )}
      </div>
      <input
        ref={picker}
        type="file"
        accept={`${kind}/*`}
        hidden
        onChange={({ currentTarget }) => {
          void take(currentTarget.files?.[0]);
          // So that the same file can be chosen again.
          currentTarget.value = "";
        }}
      />
      {upload !== null && !upload.isLost && <Preview key={upload.id} upload={upload} kind={kind} />}
      <Notes
        id={id}
        schema={{ ...schema, format: "" }}
        error={error}
        count={`an HTTPS URL, or a file of up to ${bytesOf(MAX_FILES_BYTES)}, chosen or dropped here`}
      />
    </div>
  );
}

/** Reads the file. @throws DOMException if it cannot be read, for example because it was deleted. */
function uploadOf(file: File): Promise<Upload> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(new Upload(file, String(reader.result), file));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function Preview({ upload, kind }: { upload: Upload; kind: MediaKind }) {
  const [url, setUrl] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(upload.blob());
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, []);
  if (isBroken) return <p class="notes">No preview: your browser cannot show this file. The provider may accept it.</p>;
  const common = { class: "preview", src: url ?? undefined, onError: () => setBroken(true) };
  if (kind === "image") return <img {...common} alt={upload.name} />;
  return kind === "video" ? <video {...common} controls muted /> : <audio {...common} controls />;
}
