#!/usr/bin/env node
// The command `reelhook`. Exit codes: see exit-codes.ts.

import { CommanderError, Option, program } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { COMMAND } from "./command-name.ts";
import { EXIT } from "./exit-codes.ts";
import { failureJson, refusedOptions } from "./generate/failures.ts";
import { DEFAULT_MODEL } from "./generate/input.ts";
import { GENERATE_HELP, generate } from "./generate.ts";
import { LISTEN_HELP, listen } from "./listen.ts";

const url = () =>
  new Option("--url <url>", "address of the deployment").env("REELHOOK_URL").default("http://localhost:8787");
const apiKey = () =>
  new Option("--api-key <key>", "API key of the deployment (env: REELHOOK_API_KEY, otherwise REELHOOK_KEY)");

program
  .name(COMMAND)
  .description("Generates videos and receives callbacks with a Reelhook deployment.")
  .version(packageJson.version)
  .exitOverride();

program
  .command("listen")
  .description("sends the callbacks of a deployment to this machine")
  .addOption(url())
  .addOption(apiKey())
  .option("--forward <url>", "where callbacks are sent, such as http://localhost:3000/hook, or a port of this machine")
  .option("--events <types>", "comma-separated events, such as generation.completed; default: all")
  .option("--print-secret", "prints the secret that signs the callbacks, and exits")
  .addHelpText("after", LISTEN_HELP)
  .showHelpAfterError(`Run "${COMMAND} listen --help" for the options and their environment variables.`)
  .exitOverride()
  .action(async (options) => {
    process.exitCode = await listen(options);
  });

const generating = program
  .command("generate")
  .description("generates a video and saves it")
  .addOption(url())
  .addOption(apiKey())
  .option("-m, --model <id>", `id or alias of the model; default: ${DEFAULT_MODEL}`)
  .option("-p, --prompt <text>", "what to generate")
  .option("--video-url <url>", "https URL of a video, or a local file")
  .option("--image-url <url>", "https URL of an image, or a local file")
  .option("-f, --field <name=value>", "any other field of the request, as JSON or text; repeatable", collect)
  .option("-i, --input <file>", "JSON file with fields of the request, - for standard input; options replace them")
  .option("-o, --out <file>", "where the video is saved; default: <id>.mp4")
  .option("--webhook-url <url>", "URL that receives the callbacks")
  .option("--idempotency-key <key>", "repeating the command with the same key returns the same generation")
  .option("--resume <id>", "waits for a generation that exists, and saves its video")
  .option("--json", "prints one JSON object: the generation with the file, or the error")
  .addHelpText("after", GENERATE_HELP)
  .showHelpAfterError(`Run "${COMMAND} generate --help" for the options and their environment variables.`)
  .exitOverride()
  .action(async (options) => {
    process.exitCode = await generate(options);
  });

/** Whether the options that have been read so far ask for JSON. */
const isForScripts = () => generating.opts()["json"] === true;

generating.configureOutput({
  writeErr(text) {
    if (!isForScripts()) process.stderr.write(text);
  },
});

await program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  // Commander exits with 1 for everything.
  process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (process.exitCode === EXIT.ok || !isForScripts()) return;
  process.stdout.write(`${JSON.stringify(failureJson(refusedOptions(error.message)))}\n`);
});

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
