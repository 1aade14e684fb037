// A file in the form of the playground, which the request carries as a data URI.

import { randomId } from "../shared/random.ts";

export class Upload {
  /** Differs for each chosen file. */
  readonly id = randomId();
  readonly name: string;
  readonly size: number;
  /** Empty if only the file's name is left, so that it must be chosen again. */
  readonly dataUri: string;
  readonly #file: Blob | undefined;

  constructor({ name, size }: { readonly name: string; readonly size: number }, dataUri: string, file?: Blob) {
    this.name = name;
    this.size = size;
    this.dataUri = dataUri;
    this.#file = file;
  }

  get isLost(): boolean {
    return this.dataUri === "";
  }

  /** Its content, for a preview. */
  blob(): Blob {
    return this.#file ?? blobOf(this.dataUri);
  }

  toString(): string {
    return this.dataUri;
  }

  /** The value in the request. A lost file is sent as an empty text, which the API refuses at its field. */
  toJSON(): string {
    return this.dataUri;
  }
}

const BASE64 = /^data:([^;,]+)[^,]*;base64,/i;

/** A data URI that was pasted; null if the text is none, or not in base64. */
export function pastedUpload(text: string): Upload | null {
  const [head, type = ""] = BASE64.exec(text) ?? [];
  if (head === undefined) return null;
  const padding = /=*$/.exec(text)?.[0].length ?? 0;
  return new Upload({ name: type, size: Math.floor(((text.length - head.length) / 4) * 3) - padding }, text);
}

/** A data URI as the API returns it: shortened. */
const SHORTENED = /^data:([^;,]*)[^,]*… \((\d+) bytes\)$/;

/** The file that a shortened data URI stands for; null if the text is none. */
export function lostUpload(text: string): Upload | null {
  const [, type, size] = SHORTENED.exec(text) ?? [];
  return type === undefined ? null : new Upload({ name: type, size: Number(size) }, "");
}

function blobOf(dataUri: string): Blob {
  const [head = "", type = ""] = BASE64.exec(dataUri) ?? [];
  try {
    return new Blob([Uint8Array.from(atob(dataUri.slice(head.length)), (byte) => byte.charCodeAt(0))], { type });
  } catch {
    return new Blob([], { type });
  }
}
