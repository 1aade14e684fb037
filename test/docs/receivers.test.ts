// Runs the example receivers exactly as docs/verifying.md shows them.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ed25519KeyPair,
  ed25519Signer,
  formatPublicKey,
  formatSecret,
  hmacSigner,
  signatureHeader,
} from "../../src/webhooks/signature.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/verifying.md"), "utf8");

function snippets(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, code = ""]) => code);
}

const key = crypto.getRandomValues(new Uint8Array(32)).buffer;
const seed = crypto.getRandomValues(new Uint8Array(32)).buffer;
const GENUINE = '{"type":"generation.completed","data":{"id":"gen_1"}}';

async function headersFor(body: string, { ageSeconds = 0 } = {}): Promise<Record<string, string>> {
  const signed = { id: "msg_1", timestamp: Math.floor(Date.now() / 1000) - ageSeconds, body };
  const signers = [hmacSigner(new Uint8Array(32).buffer), hmacSigner(key), ed25519Signer(await ed25519KeyPair(seed))];
  return {
    "webhook-id": signed.id,
    "webhook-timestamp": String(signed.timestamp),
    "webhook-signature": await signatureHeader(signers, signed),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const RECEIVERS = {
  js: { file: "receiver.mjs", command: process.execPath, args: (file: string) => [file] },
  python: { file: "receiver.py", command: "python3", args: (file: string) => [file] },
  go: { file: "receiver.go", command: "go", args: (file: string) => ["run", file] },
  php: {
    file: "receiver.php",
    command: "php",
    args: (file: string, port: number) => ["-S", `127.0.0.1:${port}`, file],
  },
} as const;

const isInstalled = (command: string) => spawnSync(command, [command === "go" ? "version" : "--version"]).status === 0;

describe.each(Object.entries(RECEIVERS))("the receiver in %s", (language, { file, command, args }) => {
  const folder = mkdtempSync(join(tmpdir(), "reelhook-receiver-"));
  let url = "";
  let running: ChildProcess | null = null;

  const post = async (body: string, headers: Record<string, string>) =>
    (await fetch(url, { method: "POST", body, headers })).status;

  beforeAll(async () => {
    if (!isInstalled(command)) return;
    const path = join(folder, file);
    writeFileSync(path, snippets(language)[0] ?? "");
    const port = await freePort();
    url = `http://127.0.0.1:${port}/`;
    const env = {
      ...process.env,
      WEBHOOK_SECRET: formatSecret(key),
      PORT: String(port),
      GOCACHE: join(folder, "cache"),
    };
    // Its own process group, so that the program started by `go run` is killed with it.
    running = spawn(command, args(path, port), { env, detached: true, stdio: "ignore" });
    for (let tries = 0; ; tries++) {
      if (
        await fetch(url, { method: "POST" }).then(
          () => true,
          () => false,
        )
      )
        return;
      if (tries > 1_000) throw new Error(`the receiver in ${language} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }, 120_000);

  afterAll(async () => {
    if (running?.pid !== undefined) {
      const ended = new Promise((resolve) => running?.once("exit", resolve));
      process.kill(-running.pid);
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(!isInstalled(command))("accepts a genuine callback, and the same callback again", async () => {
    const headers = await headersFor(GENUINE);
    expect(await post(GENUINE, headers)).toBe(204);
    expect(await post(GENUINE, headers)).toBe(204);
  });

  it.skipIf(!isInstalled(command))("rejects forged, unsigned and old callbacks", async () => {
    const headers = await headersFor(GENUINE);
    expect(await post(GENUINE.replace("completed", "failed"), headers)).toBe(400);
    expect(await post(GENUINE, { ...headers, "webhook-id": "msg_2" })).toBe(400);
    expect(await post(GENUINE, {})).toBe(400);
    expect(await post(GENUINE, await headersFor(GENUINE, { ageSeconds: 400 }))).toBe(400);
  });
});

// PHP is missing here: its server starts, and each request then fails.
describe.each(["js", "python", "go"] as const)("the receiver in %s without a secret", (language) => {
  const { file, command, args } = RECEIVERS[language];

  it.skipIf(!isInstalled(command))(
    "does not start, because anyone can sign with an empty key",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "reelhook-receiver-"));
      const path = join(folder, file);
      writeFileSync(path, snippets(language)[0] ?? "");
      const env = { ...process.env, WEBHOOK_SECRET: "", PORT: "0", GOCACHE: join(folder, "cache") };
      // Port 0 is any free port, so that a receiver that does start runs until the timeout, with status null.
      const { status, stderr } = spawnSync(command, args(path), { env, timeout: 20_000, encoding: "utf8" });
      rmSync(folder, { recursive: true, force: true });
      expect(status).toBe(1);
      expect(stderr).toContain("WEBHOOK_SECRET");
    },
    90_000,
  );
});

describe("the example without a shared secret", () => {
  it("verifies with the published key and no other", async () => {
    const folder = mkdtempSync(join(tmpdir(), "reelhook-example-"));
    try {
      const path = join(folder, "verify.mjs");
      writeFileSync(path, snippets("js")[1] ?? "");
      const { isSigned } = await import(path);
      const own = formatPublicKey(await ed25519KeyPair(seed));
      const other = formatPublicKey(await ed25519KeyPair(key));
      const headers = await headersFor(GENUINE);
      expect(isSigned([other, own], headers, GENUINE)).toBe(true);
      expect(isSigned([other], headers, GENUINE)).toBe(false);
      expect(isSigned([own], headers, `${GENUINE} `)).toBe(false);
      expect(isSigned([own], await headersFor(GENUINE, { ageSeconds: 400 }), GENUINE)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
