// `npm run types`: writes src/generated/api.ts, the types of the API, from its OpenAPI description. It is not committed,
// so that it cannot differ from the routes and schemas that the description is made from.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { describeApi } from "../../../scripts/openapi/document.ts";

const TARGET = join(import.meta.dirname, "../src/generated/api.ts");

export async function apiTypes(): Promise<string> {
  // JSON, because the generator must not see values that JSON does not have.
  const description = JSON.stringify(describeApi());
  // Otherwise, fields with a default would be required in requests.
  return astToString(await openapiTS(description, { defaultNonNullable: false, silent: true }));
}

export async function writeTypes(): Promise<void> {
  const types = await apiTypes();
  // An unchanged file is not written, because another process may be reading it.
  if ((await readFile(TARGET, "utf8").catch(() => null)) === types) return;
  await mkdir(dirname(TARGET), { recursive: true });
  await writeFile(TARGET, types);
}

if (import.meta.main) await writeTypes();
