// Enforces the architecture: imports point inwards and have no cycles, and the core does not use the platform.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
  .sort();

/** Imported files, relative to src, and packages. Includes type imports. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(SRC, file), "utf8");
  const statements = source.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm);
  return Array.from(statements, ([, from, bare]) => {
    const name = from ?? bare ?? "";
    return name.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), name)) : name;
  });
}

/**
 * What each part of the code may import besides itself: folders and files of src, and packages. Each is between
 * backticks in the last column of the table in docs/architecture.md.
 */
function allowedImports(): ReadonlyMap<string, readonly string[]> {
  const document = readFileSync(join(SRC, "../docs/architecture.md"), "utf8");
  const rows = document.matchAll(/^\| (`src\/[^|]*) \|[^|]*\| ([^|]*) \|$/gm);
  const names = (cell = "") => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = ""]) => name);
  return new Map(
    Array.from(rows, ([, places, imports]) =>
      names(places).map((place) => [place.slice(4), names(imports)] as const),
    ).flat(),
  );
}

const ALLOWED = allowedImports();

/** A folder allows all files in it, a package all its exports, and `…` everything. */
function isAllowed(target: string, names: readonly string[]): boolean {
  return names.some((name) => name === "…" || target === name || target.startsWith(`${name.replace(/\/$/, "")}/`));
}

describe("the architecture", () => {
  it.each(files)("%s imports only what the table allows", (file) => {
    const [place = ""] = file.split("/");
    const allowed = ALLOWED.get(place);
    if (allowed === undefined) throw new Error(`${place} has no row in docs/architecture.md`);
    const strangers = importsOf(file).filter(
      (target) => !target.startsWith(`${place}/`) && !isAllowed(target, allowed),
    );
    expect(strangers).toEqual([]);
  });

  it("has a file or folder for each row of the table", () => {
    const places = new Set(files.map((file) => file.split("/")[0]));
    expect([...ALLOWED.keys()].filter((place) => !places.has(place))).toEqual([]);
  });

  it("has at most five files at the top level of src", () => {
    expect(files.filter((file) => !file.includes("/")).length).toBeLessThanOrEqual(5);
  });

  it("has no import cycles, including type imports", () => {
    const graph = new Map(files.map((file) => [file, importsOf(file)]));
    const seen = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      if (seen.has(file)) return;
      seen.add(file);
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it("has no imports from a row below the importing one", () => {
    const rows = [...ALLOWED.keys()];
    const upward = files.flatMap((file) => {
      const [place = ""] = file.split("/");
      const below = importsOf(file).filter((target) => rows.indexOf(target.split("/")[0] ?? "") > rows.indexOf(place));
      return below.map((target) => `${file} → ${target}`);
    });
    expect(upward).toEqual([]);
  });

  it("names the R2 bucket only in videos and where it is bound", () => {
    const touching = files.filter((file) => /\bR2Bucket\b|\bVIDEOS\b/.test(readFileSync(join(SRC, file), "utf8")));
    // http/service.ts only checks that the bucket is bound.
    const others = touching.filter((file) => !file.startsWith("videos/"));
    expect(others).toEqual(["http/app-env.ts", "http/service.ts", "index.ts"]);
  });

  it.each(files.filter((file) => file.startsWith("core/")))("%s is pure: no clock, randomness or platform", (file) => {
    const source = readFileSync(join(SRC, file), "utf8");
    expect(source).not.toMatch(
      /Date\.now|new Date\(\)|Math\.random|crypto\.|\bfetch\(|setTimeout|console\.|await |async /,
    );
  });

  it.each(files.filter((file) => file.startsWith("core/")))("%s takes only types from the contract", (file) => {
    const source = readFileSync(join(SRC, file), "utf8");
    const imports = source.match(/^import [^;]*?"[./]+contract\/[^"]+"/gm) ?? [];
    expect(imports.filter((each) => !each.startsWith("import type "))).toEqual([]);
  });

  it("accesses the objects' storage in one file", () => {
    const touching = files.filter((file) =>
      /\bstorage\.(kv|sql|get|put)\b/.test(readFileSync(join(SRC, file), "utf8")),
    );
    // The other objects hand their storage to their stores.
    expect(touching).toEqual(["account/object.ts", "api-keys/object.ts", "catalogue/object.ts", "generation/store.ts"]);
  });

  it("has no file over 300 lines", () => {
    const all = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.(tsx?|css)$/.test(name));
    const long = all.filter((file) => readFileSync(join(SRC, file), "utf8").trimEnd().split("\n").length > 300);
    expect(long).toEqual([]);
  });
});
