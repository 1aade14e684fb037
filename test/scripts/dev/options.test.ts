import { expect, it } from "vitest";
import { optionsOf } from "../../../scripts/dev/options.ts";

it("are its own, and wrangler's", () => {
  expect(optionsOf([])).toEqual({ isHelp: false, asked: null, inboxPort: 8788, envFile: null, forWrangler: [] });
  const all = ["--port", "9000", "--inbox-port", "9001", "--env-file", "mine", "--log-level=debug"];
  expect(optionsOf(all)).toEqual({
    isHelp: false,
    asked: 9000,
    inboxPort: 9001,
    envFile: "mine",
    forWrangler: ["--port", "9000", "--env-file", "mine", "--log-level=debug"],
  });
  expect(optionsOf(["--inbox-port=9001", "-h"])).toMatchObject({ isHelp: true, inboxPort: 9001 });
});

it.each(["abc", "0", "65536", "-1", "8787.5", ""])("do not have the port %j", (port) => {
  expect(optionsOf([`--port=${port}`])).toBe("--port must be a whole number from 1 to 65535.");
  expect(optionsOf([`--inbox-port=${port}`])).toBe("--inbox-port must be a whole number from 1 to 65535.");
});

it("have a value", () => {
  expect(optionsOf(["--port"])).toMatch(/^--port must be/);
});
