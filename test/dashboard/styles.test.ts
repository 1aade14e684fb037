// The dashboard's stylesheet has nothing that no page uses, and takes its distances from one scale.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const DASHBOARD = join(import.meta.dirname, "../../src/dashboard");

const paths = readdirSync(DASHBOARD, { recursive: true, encoding: "utf8" }).sort();
const textOf = (path: string) => readFileSync(join(DASHBOARD, path), "utf8");
const code = paths
  .filter((path) => /\.tsx?$/.test(path))
  .map(textOf)
  .join("\n");
const styles = paths
  .filter((path) => path.startsWith("styles/"))
  .map((path) => [path, textOf(path).replaceAll(/\/\*.*?\*\//gs, "")] as const);

/** Everything in front of a block. */
function selectorsIn(css: string): readonly string[] {
  return [...css.matchAll(/([^{};]+)\{/g)].map(([, selector = ""]) => selector.trim());
}

/** Whether the code has the name, or a template that begins like it: `color-${index}`. */
function isUsed(name: string): boolean {
  const computed = `${name.slice(0, name.indexOf("-") + 1)}\${`;
  return new RegExp(`(?<![\\w.-])${name}(?![\\w-])`).test(code) || (name.includes("-") && code.includes(computed));
}

describe.each(styles)("%s", (_, css) => {
  it("has no class that no page uses", () => {
    const classes = selectorsIn(css).flatMap((selector) =>
      [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = ""]) => name),
    );
    expect([...new Set(classes)].filter((name) => !isUsed(name))).toEqual([]);
  });

  it("refers to properties that are set", () => {
    const all = styles.map(([, text]) => text).join("\n");
    const names = [...css.matchAll(/var\((--[\w-]+)/g)].map(([, name = ""]) => name);
    const unset = [...new Set(names)].filter((name) => !all.includes(`${name}:`) && !code.includes(`"${name}"`));
    expect(unset).toEqual([]);
  });
});
