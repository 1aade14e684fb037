// `npm run dev` from the start to the end of npm, with a settings file, a state and ports of its own.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { prepareDevVars } from "../../scripts/dev/vars.ts";
import { listen } from "../support/listening.ts";
import { descendantsOf, isAlive } from "../support/processes.ts";
import { startCommand } from "../support/running-command.ts";

const folder = mkdtempSync(join(tmpdir(), "reelhook-dev-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<string> {
  const server = createServer();
  const { port } = new URL(await listen(server));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it("prints key, secret and links, tells of requests and verified callbacks, and ends with npm", async () => {
  const vars = join(folder, "vars");
  const { testKey } = await prepareDevVars(vars);
  const [port, inboxPort] = [await freePort(), await freePort()];
  const options = [
    "--port",
    port,
    "--inbox-port",
    inboxPort,
    "--env-file",
    vars,
    "--persist-to",
    join(folder, "state"),
  ];
  const speed = ["--var", "POLL_INTERVAL_SECONDS:0.2"];
  const dev = startCommand("npm", ["run", "--silent", "dev", "--", ...options, ...speed], process.env);
  try {
    await dev.shows(/Next +open the dashboard/);
    expect(dev.output()).toContain(`http://localhost:${port}/#key=${testKey}\n`);
    expect(dev.output()).toContain(`http://localhost:${inboxPort} `);
    expect(dev.output()).toContain(`export REELHOOK_KEY=${testKey}\n`);
    expect(dev.output()).toMatch(/export WEBHOOK_SECRET=whsec_\S{44}\n/);
    const response = await fetch(`http://localhost:${port}/v1/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${testKey}`, "content-type": "application/json" },
      body: JSON.stringify({
        prompt: "[instant]",
        video_url: "https://example.com/v.mp4",
        webhook_url: `http://localhost:${inboxPort}`,
      }),
    });
    expect(response.status).toBe(202);
    await dev.shows(/\d\d:\d\d:\d\d {2}callback {2}generation\.completed {2}gen_\w+ {2}signature verified\n/);
    await dev.shows(/\d\d:\d\d:\d\d {2}POST \/v1\/generations {2}202 {2}\d+ ms\n/);
    expect(dev.output()).not.toMatch(/wrangler:info|\{"event"|\/healthz|webhook-secret/);
    const started = descendantsOf(dev.child.pid ?? 0);
    expect(started.some(({ command }) => command.includes("workerd"))).toBe(true);
    // Secrets are in no argument of a process.
    expect(started.filter(({ command }) => /rh_|whsec_/.test(command))).toEqual([]);
    dev.child.kill("SIGTERM");
    await dev.ended;
    await expect.poll(() => started.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  } finally {
    dev.child.kill("SIGTERM");
  }
});
