// Runs histories with the code broken on purpose, to show that the simulation detects it.

import { vi } from "vitest";

/** Replaces one export of a module of src, given by its path there, in everything that `load` imports. */
export async function withBroken<T>(
  module: string,
  name: string,
  broken: (original: never) => unknown,
  load: () => Promise<T>,
): Promise<T> {
  const path = `../../src/${module}`;
  vi.resetModules();
  vi.doMock(path, async (importOriginal) => {
    const original = await importOriginal<Record<string, never>>();
    return { ...original, [name]: broken(original[name] as never) };
  });
  const loaded = await load();
  vi.doUnmock(path);
  return loaded;
}
