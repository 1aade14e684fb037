// Runs histories with the code broken on purpose, to show that an invariant fails without it.

import { vi } from "vitest";

/** Replaces one export of a module, given by its path in src, in what `load` imports. */
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
