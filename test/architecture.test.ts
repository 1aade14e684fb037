// Holds the shape of the code: imports point inwards, nothing goes in a circle, the core knows no platform.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../src");

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
  .sort();

interface Import {
  /** Relative to src, or a package's name. */
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(SRC, file), "utf8");
  const statements = source.matchAll(/^(import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm);
  return Array.from(statements, ([, , type, from, bare]) => {
    const name = from ?? bare ?? "";
    const target = name.startsWith(".") ? relative(SRC, resolve(SRC, dirname(file), name)) : name;
    return { target, typeOnly: type !== undefined };
  });
}

/** What each part of the code may import, beside itself. */
const ALLOWED: Readonly<Record<string, readonly RegExp[]>> = {
  contract: [/^core\//],
  core: [],
  outbound: [],
  live: [/^core\//],
  providers: [/^core\//, /^outbound\//, /^ports\.ts$/, /^zod$/],
  videos: [/^core\//, /^outbound\//, /^(ports|derived-keys)\.ts$/, /^mediabunny$/],
  webhooks: [/^core\//, /^outbound\//, /^(ports|config|env|derived-keys)\.ts$/],
  account: [
    /^(core|contract|outbound|live)\//,
    /^(ports|env|derived-keys|log)\.ts$/,
    /^webhooks\/sender\.ts$/,
    /^cloudflare:workers$/,
  ],
  generation: [
    /^(core|contract|outbound|live)\//,
    /^(ports|config|env|derived-keys|log)\.ts$/,
    /^(providers|videos|webhooks)\//,
    /^account\/accounts\.ts$/,
    /^cloudflare:workers$/,
  ],
  http: [
    /^(core|contract)\//,
    /^(ports|config|env|derived-keys)\.ts$/,
    /^providers\/models\.ts$/,
    /^videos\/(object-keys|links|json-stream)\.ts$/,
    /^webhooks\/(headers|signature)\.ts$/,
    /^hono/,
    /^zod$/,
    /package\.json$/,
  ],
  // Types of the API, and nothing of the Worker.
  dashboard: [/^http\/(rpc|views)\.ts$/, /^preact/, /^hono\/client$/, /^zod$/],
  "index.ts": [/./],
  "ports.ts": [/^core\//],
  "config.ts": [/^core\//, /^zod$/],
  "env.ts": [/^config\.ts$/, /^(generation|account)\/object\.ts$/],
  "derived-keys.ts": [/^core\//],
  "log.ts": [/^ports\.ts$/],
};

describe("the shape of the code", () => {
  it.each(files)("%s imports only what its place allows", (file) => {
    const [place = ""] = file.split("/");
    const allowed = ALLOWED[place];
    if (allowed === undefined) throw new Error(`${place} has no place in this test yet`);
    const strangers = importsOf(file)
      .map(({ target }) => target)
      .filter((target) => !target.startsWith(`${place}/`) && !allowed.some((pattern) => pattern.test(target)));
    expect(strangers).toEqual([]);
  });

  it("has no imports in a circle", () => {
    // Types alone may: the object's type is part of the environment that the object gets.
    const graph = new Map(files.map((file) => [file, importsOf(file).filter(({ typeOnly }) => !typeOnly)]));
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      else for (const { target } of graph.get(file) ?? []) visit(target, [...path, file]);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
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
    const long = files.filter((file) => readFileSync(join(SRC, file), "utf8").split("\n").length > 350);
    expect(long).toEqual([]);
  });
});
