import { beforeEach, describe, expect, it } from "vitest";
import { Deploying } from "../../support/cloudflare/deploying.ts";

let deploying: Deploying;

beforeEach(() => {
  deploying = new Deploying();
});

describe("the arguments", () => {
  it.each([
    [["--nonsense"], "Unknown option '--nonsense'."],
    [["extra"], "Unexpected argument 'extra'."],
    [["--account"], "argument missing"],
    [["--account", "A B"], "--account A B: must have 1 to 40 characters"],
    [["--url", "http://reelhook.example.com"], "--url must be an https: URL"],
    [["--url", "reelhook.example.com"], "--url must be an https: URL"],
  ])("%j are refused with exit code 2", async (args, message) => {
    const { code, out, error } = await deploying.run(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toContain(message);
    expect(error).toContain("Usage: npm run deploy");
    expect(deploying.wrangler.commands).toEqual([]);
  });

  it("are explained by --help", async () => {
    const { code, out } = await deploying.run(["--help"]);
    expect({ code, commands: deploying.wrangler.commands }).toEqual({ code: 0, commands: [] });
    expect(out).toContain("--dry-run");
  });
});

describe("the address", () => {
  it.each<[string, string[], readonly string[], string]>([
    ["workers.dev", [], ["https://reelhook.ada.workers.dev"], "https://reelhook.ada.workers.dev"],
    [
      "a custom domain",
      [],
      ["https://reelhook.ada.workers.dev", "v.example.com (custom domain)"],
      "https://v.example.com",
    ],
    ["a route", [], ["v.example.com/* (zone name: example.com)", "schedule: * * * * *"], "https://v.example.com"],
    ["--url", ["--url", "https://other.example.com/"], ["v.example.com (custom domain)"], "https://other.example.com"],
  ])("is that of %s", async (_, args, targets, url) => {
    deploying.wrangler.targets = targets;
    expect((await deploying.run(args)).out).toContain(`✓ Deploy          ${url}\n`);
  });

  it("is PUBLIC_URL of wrangler.toml, if it is set", async () => {
    deploying.settings = { ...deploying.settings, publicUrl: "https://public.example.com" };
    expect((await deploying.run()).out).toContain("Dashboard: https://public.example.com");
  });

  it.each([[[]], [["example.com/videos/*", "*.example.com/*"]]])(
    "must be given if there is none: %j",
    async (targets) => {
      deploying.wrangler.targets = targets;
      expect(await deploying.run()).toMatchObject({ code: 1, error: expect.stringContaining("--url") });
    },
  );
});
