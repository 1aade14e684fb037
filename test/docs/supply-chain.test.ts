// What others are told to trust: addresses and packages in the documentation, the security policy, the CI workflow, and
// the locked dependencies.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { describeApi } from "../../scripts/openapi/document.ts";
import { exampleFiles } from "../support/example-files.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** Made by npm and builds. */
const isMade = (file: string) => /(^|\/)(node_modules|dist|generated)\//.test(file);

/** Of files that tell somebody something. */
const EXTENSION = /\.(md|ya?ml|tsx?|json|html|js|css|py)$/;

/** Everything that tells somebody where to get something: documentation, pages, examples, scripts, settings. */
const TEXTS = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"],
  ...["package.json", "wrangler.toml", ".npmrc", ".dev.vars.example"],
  ...["packages/reelhook/README.md", "packages/reelhook/package.json"],
  ...exampleFiles().filter((file) => EXTENSION.test(file)),
  ...[".github", "docs", "scripts", "src", "packages/reelhook/src", "packages/reelhook/build"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && EXTENSION.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
      .filter((file) => !isMade(file)),
  ),
];

const KNOWN_PACKAGES = [
  ...["wrangler", "vitest", "openapi-typescript", "standardwebhooks"],
  ...["hono", "@hono/node-server", "ai", "express", "next"],
];

/** The package of this repository. Nobody has registered its name on npm, so anybody could. */
const OWN_PACKAGE: { readonly name: string; readonly version: string; readonly exports: object } = JSON.parse(
  read("packages/reelhook/package.json"),
);

describe("addresses and packages that the project names", () => {
  it("audit 1: names no repository but well-known public ones, and a placeholder for the reader's own copy", () => {
    // The provider's documentation, and the specification of the signatures.
    const known = ["aimlapi/api-docs", "standard-webhooks/standard-webhooks"];
    // No account on GitHub can have an underscore in its name.
    const placeholder = "YOUR_ACCOUNT/YOUR_COPY";
    const hosts =
      /(?:github(?:usercontent)?\.com|ghcr\.io|gitlab\.com|bitbucket\.org|codeberg\.org)[/:]([\w.-]+\/[\w.-]+)/g;
    const named = TEXTS.flatMap((file) =>
      [...read(file).matchAll(hosts)].map(([, repository = ""]) => `${file}: ${repository}`),
    );
    expect(named.length).toBeGreaterThan(2);
    expect(
      named.filter((each) => ![...known, placeholder].some((repository) => each.endsWith(`: ${repository}`))),
    ).toEqual([]);
  });

  it("audit 1: has a Deploy button that deploys the reader's own copy, and says why", () => {
    const readme = read("README.md");
    const buttons = [...readme.matchAll(/deploy\.workers\.cloudflare\.com\/\?url=([^)\s]+)/g)].map(([, url]) => url);
    expect(buttons).toEqual(["https://github.com/YOUR_ACCOUNT/YOUR_COPY"]);
    const section = readme.split("## Deploy")[1]?.split("\n## ")[0] ?? "";
    expect(section.replaceAll("\n", " ")).toMatch(/your own copy: .*replace `YOUR_ACCOUNT\/YOUR_COPY`/);
    expect(section).toContain("Never deploy somebody else's copy: it gets your keys.");
    const { repository, homepage, bugs, private: isPrivate } = JSON.parse(read("package.json"));
    expect([repository, homepage, bugs, isPrivate]).toEqual([undefined, undefined, undefined, true]);
  });

  /** Names of packages that a text tells somebody to install or run, after the program that does it. */
  function installed(text: string): string[] {
    const installers = [
      /\b(npx|bunx|uvx|pipx run|pnpm dlx|yarn dlx)((?: -[\w-]+(?:=\S+)?)* [\w@./:-]+)/g,
      /\b(npm) (?:i|install|exec|add|x|create|init)((?: [\w@./:-]+)+)/g,
      /\b(pnpm|yarn|bun|deno|cargo|uv|poetry) add((?: [\w@./:-]+)+)/g,
      /\b(pip3?|pipx|gem|brew|go) install((?: [\w@./:-]+)+)/g,
      /\b(go get|composer require|docker (?:run|pull))((?: [\w@./:-]+)+)/g,
    ];
    return installers.flatMap((installer) =>
      [...text.matchAll(installer)].flatMap(([, program, names = ""]) =>
        names
          .trim()
          .split(" ")
          .filter((name) => !name.startsWith("-"))
          .map((name) => `${program}: ${name.replace(/(?<=.)@[\w.^~-]+$/, "")}`),
      ),
    );
  }

  const PACKS = `npm pack -w packages/${OWN_PACKAGE.name}`;

  /** Whether the text tells somebody to trust a package that is not well known, or the name that anybody could register. */
  function misleads(text: string, command: string): boolean {
    const [program, name = ""] = command.split(": ");
    if (name === `${OWN_PACKAGE.name}-${OWN_PACKAGE.version}.tgz`) return false;
    if (name.endsWith(`/${OWN_PACKAGE.name}-${OWN_PACKAGE.version}.tgz`)) return name.includes(":");
    // npx runs what is installed. The text, or the page that it links to, has to say how it is installed from the file.
    const saysHow = text.includes(PACKS) || text.includes(`packages/${OWN_PACKAGE.name}/README.md`);
    if (program === "npx" && name === OWN_PACKAGE.name) return !saysHow;
    return !KNOWN_PACKAGES.includes(name);
  }

  it("audit 1: tells nobody to install or run a package that is not well known", () => {
    const named = TEXTS.flatMap((file) => installed(read(file)).map((command) => ({ file, command })));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ file, command }) => misleads(read(file), command))).toEqual([]);
  });

  it.each([
    ["npm install reelhook", true],
    ["npm i -D reelhook@0.1.0", true],
    ["npm install ai reelhook", true],
    ["npm install https://example.com/reelhook-0.1.0.tgz", true],
    ["npm install ./reelhook-0.1.0.tgz", false],
    ["npm install ai /path/to/reelhook-0.1.0.tgz", false],
    ["npx reelhook listen", true],
    [`${PACKS}\nnpx reelhook listen`, false],
    [`${PACKS}\npnpm dlx reelhook listen`, true],
    [`${PACKS}\nnpm exec reelhook`, true],
  ])("audit 1: judges that %j misleads: %s", (text, isMisleading) => {
    expect(installed(text).some((command) => misleads(text, command))).toBe(isMisleading);
  });

  it("audit 1: imports only well-known packages and its own in the documentation and the examples", () => {
    const own = Object.keys(OWN_PACKAGE.exports).map((part) => join(OWN_PACKAGE.name, part));
    const imports = TEXTS.filter((file) => /\.md$|^examples\//.test(file)).flatMap((file) =>
      [...read(file).matchAll(/\b(?:from|import|require\() ?["']([^"'./][^"']*)["']/g)].map(([, name = ""]) => name),
    );
    expect(imports).toContain(OWN_PACKAGE.name);
    const isKnown = (name: string) => name.startsWith("node:") || [...KNOWN_PACKAGES, ...own].includes(name);
    expect(imports.filter((name) => !isKnown(name))).toEqual([]);
  });

  it("audit 1: installs its own package from this repository only", () => {
    const { packages } = JSON.parse(read("package-lock.json"));
    const { name, version } = OWN_PACKAGE;
    expect(packages[`node_modules/${name}`]).toEqual({ resolved: `packages/${name}`, link: true });
    const examples = TEXTS.filter((file) => /^examples\/.*package\.json$/.test(file));
    expect(examples.length).toBeGreaterThan(1);
    for (const file of examples) {
      const { private: isPrivate, dependencies, devDependencies } = JSON.parse(read(file));
      expect(isPrivate).toBe(true);
      const { [name]: own, ...others }: Record<string, string> = dependencies;
      expect(own, file).toBe(`file:${name}-${version}.tgz`);
      const versions = Object.values<string>({ ...others, ...devDependencies });
      expect(versions.filter((each) => !/^\d+\.\d+\.\d+$/.test(each))).toEqual([]);
      // The versions that the tests run the examples with.
      for (const [other, pinned] of Object.entries(others)) {
        expect(packages[`node_modules/${other}`]?.version ?? pinned, `${file}: ${other}`).toBe(pinned);
      }
    }
    const workspaces = ["", ...JSON.parse(read("package.json")).workspaces];
    for (const folder of workspaces) {
      const { dependencies, devDependencies, peerDependencies } = JSON.parse(read(join(folder, "package.json")));
      expect({ ...dependencies, ...devDependencies, ...peerDependencies }).not.toHaveProperty(name);
    }
  });

  it("audit 1: generates typed clients from the reader's own deployment", () => {
    const commands = [...read("docs/clients.md").matchAll(/openapi-typescript (\S+)/g)].map(([, from]) => from);
    expect(commands).toEqual(["https://your-reelhook.example.com/openapi.json"]);
  });
});

describe("the supply chain of the project", () => {
  interface Job {
    readonly "timeout-minutes"?: number;
    readonly permissions?: object;
    readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
  }

  it("audit 19: has a CI workflow that runs the README's test command, can only read, and cannot be changed from outside", () => {
    const text = read(".github/workflows/ci.yml");
    const workflow = parseYaml(text) as { on: object; permissions: object; jobs: Record<string, Job> };
    expect(Object.keys(workflow.on)).toEqual(["push", "pull_request"]);
    expect(workflow.permissions).toEqual({ contents: "read" });
    const jobs = Object.values(workflow.jobs);
    expect(jobs).toHaveLength(1);
    for (const { steps, ...job } of jobs) {
      expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
      expect(job.permissions).toBeUndefined();
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      const [, command] = /^npm ci && (npm test)/m.exec(read("README.md")) ?? [];
      expect(steps.flatMap(({ run = [] }) => run)).toEqual([`npm ci && ${command}`]);
      expect(steps[0]?.with).toEqual({ "persist-credentials": false });
    }
    // Each commit names its version, for the reader and for Dependabot.
    expect(text.match(/uses:/g)).toHaveLength(text.match(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm)?.length ?? 0);
    expect(text).not.toMatch(/secrets\.|pull_request_target|\$\{\{ *github\.(event|head_ref)/);
  });

  it("audit 19: gets weekly updates of its packages and actions", () => {
    const { version, updates } = parseYaml(read(".github/dependabot.yml")) as {
      version: number;
      updates: readonly Record<string, unknown>[];
    };
    expect(version).toBe(2);
    expect(updates.map((update) => update["package-ecosystem"])).toEqual(["npm", "github-actions"]);
    for (const update of updates) {
      expect(update).toMatchObject({ directory: "/", schedule: { interval: "weekly" }, groups: expect.any(Object) });
    }
  });

  it("audit 19: locks every package by its hash", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Readonly<Record<string, { integrity?: string; link?: boolean; resolved?: string }>>;
    };
    const installed = Object.entries(packages).filter(([path, { link }]) => path.includes("node_modules/") && !link);
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { integrity }]) => !/^sha512-/.test(integrity ?? "")).map(([path]) => path)).toEqual(
      [],
    );
    const manifests = [JSON.parse(read("package.json")), JSON.parse(read("packages/reelhook/package.json"))];
    const versions = manifests.flatMap(({ dependencies, devDependencies }) =>
      Object.values<string>({ ...dependencies, ...devDependencies }),
    );
    expect(versions.filter((each) => !/^\d+\.\d+\.\d+(-\w+)?$/.test(each))).toEqual([]);
  });

  it("audit 19: reports no installation to third parties", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Readonly<Record<string, { hasInstallScript?: boolean }>>;
    };
    const { allowScripts, scarfSettings } = JSON.parse(read("package.json"));
    const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const others = scripts
      .map(([path]) => path.split("node_modules/").at(-1) ?? "")
      .filter((name) => !allowScripts[name]);
    // An optional build of native code, which the script skips if there is a prebuilt one, and analytics of swagger-ui-dist.
    expect(others.sort()).toEqual(["@scarf/scarf", "msgpackr-extract"]);
    // npm 10 ignores `allowScripts`, but the script reads this.
    expect(scarfSettings).toEqual({ enabled: false });
  });

  it("audit 19: says how to report a vulnerability in private", () => {
    const policy = read("SECURITY.md");
    expect(policy).toContain("## Report a vulnerability");
    expect(policy).toMatch(/do not open a public issue/i);
    expect(policy).toContain("**Report a vulnerability** on the Security tab");
    expect(policy).toContain("Only the newest release gets fixes");
  });

  it("audit 19: names its license by its SPDX identifier, which LICENSE has the text of", () => {
    const { info } = describeApi() as unknown as { info: { license: object } };
    expect(info.license).toEqual({ name: "MIT", identifier: "MIT" });
    expect(JSON.parse(read("package.json")).license).toBe("MIT");
    expect(read("LICENSE")).toMatch(/^MIT License\n\nCopyright/);
  });
});
