// Holds the shape of the code: imports point inwards, nothing goes in a circle, the core knows no platform.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
  .sort();

/** Files relative to src, and packages; of types, too. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(SRC, file), "utf8");
  const statements = source.matchAll(/^(?:import|export)\s[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm);
  return Array.from(statements, ([, from, bare]) => {
    const name = from ?? bare ?? "";
    return name.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), name)) : name;
  });
}

/**
 * What each part of the code may import beside itself, as docs/architecture.md says: folders and files of src, and packages,
 * each between backticks in the last column of its table.
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

/** A folder allows what lies in it, a package what it exports, and `…` everything. */
function isAllowed(target: string, names: readonly string[]): boolean {
  return names.some((name) => name === "…" || target === name || target.startsWith(`${name.replace(/\/$/, "")}/`));
}

describe("the shape of the code", () => {
  it.each(files)("%s imports only what its place allows", (file) => {
    const [place = ""] = file.split("/");
    const allowed = ALLOWED.get(place);
    if (allowed === undefined) throw new Error(`${place} has no row in docs/architecture.md`);
    const strangers = importsOf(file).filter(
      (target) => !target.startsWith(`${place}/`) && !isAllowed(target, allowed),
    );
    expect(strangers).toEqual([]);
  });

  it("has a place for each row of the table", () => {
    const places = new Set(files.map((file) => file.split("/")[0]));
    expect([...ALLOWED.keys()].filter((place) => !places.has(place))).toEqual([]);
  });

  it("has at most five files beside its folders", () => {
    expect(files.filter((file) => !file.includes("/")).length).toBeLessThanOrEqual(5);
  });

  it("has no imports in a circle, of types neither", () => {
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

  it("has no part that imports a row below its own", () => {
    const rows = [...ALLOWED.keys()];
    const upward = files.flatMap((file) => {
      const [place = ""] = file.split("/");
      const below = importsOf(file).filter((target) => rows.indexOf(target.split("/")[0] ?? "") > rows.indexOf(place));
      return below.map((target) => `${file} → ${target}`);
    });
    expect(upward).toEqual([]);
  });

  it("names the bucket in videos and where it is bound, and nowhere else", () => {
    const touching = files.filter((file) => /\bR2Bucket\b|\bVIDEOS\b/.test(readFileSync(join(SRC, file), "utf8")));
    // Whether it is bound is all that /healthz asks.
    const others = touching.filter((file) => !file.startsWith("videos/"));
    expect(others).toEqual(["http/app-env.ts", "http/health.ts", "index.ts"]);
  });

  it.each(files.filter((file) => file.startsWith("core/")))("%s is pure: no clock, chance or platform", (file) => {
    const source = readFileSync(join(SRC, file), "utf8");
    expect(source).not.toMatch(
      /Date\.now|new Date\(\)|Math\.random|crypto\.|\bfetch\(|setTimeout|console\.|await |async /,
    );
  });

  it("keeps what is stored in one file", () => {
    const touching = files.filter((file) =>
      /\bstorage\.(kv|sql|get|put)\b/.test(readFileSync(join(SRC, file), "utf8")),
    );
    // The object hands the storage to the store.
    expect(touching).toEqual(["account/object.ts", "generation/store.ts"]);
  });

  it("has no file that needs scrolling for minutes", () => {
    const all = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.(tsx?|css)$/.test(name));
    const long = all.filter((file) => readFileSync(join(SRC, file), "utf8").trimEnd().split("\n").length > 300);
    expect(long).toEqual([]);
  });
});
