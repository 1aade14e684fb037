// Plays everything around a Worker under test, over real HTTP on loopback: the provider as its documentation describes
// it, the host of its videos, and the webhook receivers. Each test has its own scenario, named in the prompt as
// `scenario=<name>` and in webhook paths as `/hooks/<name>/<receiver>`. The provider has no catalogue unless a test plays
// one: at the usual paths, or for tests that share a world under `/catalogues/<name>`.

import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Catalogue } from "./catalogue.ts";
import { type Answer, type Call, type FileAnswer, HAPPY, madeUpVideo, type Scenario } from "./scenario.ts";

interface Played {
  scenario: Scenario;
  readonly calls: Call[];
  readonly counts: Map<string, number>;
  openHooks: number;
}

interface LogRow {
  readonly created: string;
  readonly status: string;
  readonly inference_id: string;
  readonly client_request_id: string;
  readonly scenarioName: string;
}

export class World {
  readonly #played = new Map<string, Played>();
  /** Scenario names by job id. */
  readonly #jobs = new Map<string, string>();
  readonly #log: LogRow[] = [];
  /** By name; "" is the catalogue at the usual paths. */
  readonly #catalogues = new Map<
    string,
    { catalogue: Catalogue; readonly calls: Call[]; readonly counts: Map<string, number> }
  >();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((cause) => response.destroy(cause));
  });
  #url = "";
  /** Jobs that the provider takes at once. A job ends when a poll is answered with its end. */
  places = Number.POSITIVE_INFINITY;
  /** Ids of the jobs that have not ended. */
  readonly #running = new Set<string>();
  /** Called with each call when it arrives. */
  onCall: (call: Call) => void = () => {};

  get url(): string {
    return this.#url;
  }

  async start(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  play(name: string, scenario: Scenario): void {
    this.#played.set(name, { scenario: { ...HAPPY, ...scenario }, calls: [], counts: new Map(), openHooks: 0 });
  }

  playCatalogue(catalogue: Catalogue, name = ""): void {
    this.#catalogues.set(name, { catalogue, calls: [], counts: new Map() });
  }

  /** Requests for a catalogue since it was played. */
  catalogueCalls(name = ""): readonly Call[] {
    return this.#catalogues.get(name)?.calls ?? [];
  }

  calls(name: string, kind?: Call["kind"]): readonly Call[] {
    const { calls } = this.#of(name);
    return kind === undefined ? calls : calls.filter((call) => call.kind === kind);
  }

  #of(name: string): Played {
    const played = this.#played.get(name);
    if (played === undefined) throw new Error(`unknown scenario ${name}`);
    return played;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await textOf(request);
    const url = new URL(request.url ?? "/", this.#url);
    const [, first = "", name = "", last = ""] = url.pathname.split("/");
    if (first === "_scenarios") return this.#control(request, response, name, body);
    if (first === "_catalogues") return this.#controlCatalogue(request, response, name, body);
    if (request.method === "GET" && this.#answerCatalogue(request, response, url)) return;
    const record = (scenarioName: string, kind: Call["kind"], counter: string = kind) => {
      const played = this.#of(scenarioName);
      const { method = "", headers } = request;
      const path = `${url.pathname}${url.search}`;
      if (kind === "hook") {
        played.openHooks++;
        response.once("close", () => played.openHooks--);
      }
      const open = played.openHooks;
      const call: Call = { kind, at: Date.now(), method, path, headers: headers as Record<string, string>, body, open };
      played.calls.push(call);
      this.onCall(call);
      const count = played.counts.get(counter) ?? 0;
      played.counts.set(counter, count + 1);
      return { scenario: played.scenario, count };
    };
    if (first === "hooks") {
      const { scenario, count } = record(name, "hook", `hook:${last}`);
      const answers = scenario.hooks?.[last] ?? [];
      return respond(response, answers.length === 0 ? { status: 204 } : nth(answers, count));
    }
    if (first === "files") {
      const { scenario, count } = record(name, "file");
      return sendFile(request, response, nth(scenario.file ?? [], count));
    }
    if (url.pathname === "/v2/logs") return this.#logs(url.searchParams, response);
    if (request.method === "POST") {
      const scenarioName = /scenario=([\w-]+)/.exec(body)?.[1] ?? "";
      if (this.#running.size >= this.places) {
        record(scenarioName, "refused");
        return respond(response, { status: 429, body: { message: "Too many jobs." } });
      }
      const { scenario, count } = record(scenarioName, "submit");
      const id = `job:${scenarioName}/${count}`;
      this.#jobs.set(id, scenarioName);
      const answer = nth(scenario.submit ?? [], count);
      if ((answer.status ?? 200) < 400) this.#running.add(id);
      this.#log.unshift({
        created: new Date().toISOString(),
        status: (answer.status ?? 200) < 400 ? "succeeded" : "failed",
        inference_id: id,
        client_request_id: String(request.headers["x-client-request-id"]),
        scenarioName,
      });
      return respond(response, this.#filled(answer, id, scenarioName));
    }
    const id = url.searchParams.get("generation_id") ?? "";
    const scenarioName = this.#jobs.get(id);
    if (scenarioName === undefined) return respond(response, { status: 404, body: { message: "Not found" } });
    const { scenario, count } = record(scenarioName, "poll");
    const answer = this.#filled(nth(scenario.poll ?? [], count), id, scenarioName);
    if (/"status":"(completed|error)"/.test(JSON.stringify(answer.body ?? ""))) this.#running.delete(id);
    return respond(response, answer);
  }

  /** The provider's log as documented: newest first, in pages of at most 100 rows. */
  #logs(query: URLSearchParams, response: ServerResponse): void {
    const [start, end] = [query.get("start") ?? "", query.get("end") ?? "9"];
    const [limit, offset] = [Number(query.get("limit") ?? 20), Number(query.get("offset") ?? 0)];
    const rows = this.#log
      .map(({ scenarioName, ...row }) => ({ ...row, status: this.#of(scenarioName).scenario.logged ?? row.status }))
      .filter(({ created, status }) => created >= start && created <= end && status !== "absent");
    const data = rows.slice(offset, offset + Math.min(limit, 100));
    const has_more = offset + data.length < rows.length;
    respond(response, { body: { data, pagination: { limit, offset, total: rows.length, has_more } } });
  }

  /** For tests in workerd: `PUT /_scenarios/{name}` plays a scenario, `GET /_scenarios/{name}` returns its calls. */
  #control(request: IncomingMessage, response: ServerResponse, name: string, body: string): void {
    if (request.method === "PUT") this.play(name, JSON.parse(body));
    respond(response, { body: request.method === "PUT" ? {} : this.calls(name) });
  }

  /** The same for catalogues: `/_catalogues/{name}`. */
  #controlCatalogue(request: IncomingMessage, response: ServerResponse, name: string, body: string): void {
    if (request.method === "PUT") this.playCatalogue(JSON.parse(body), name);
    respond(response, { body: request.method === "PUT" ? {} : this.catalogueCalls(name) });
  }

  /** @returns false if the request is for something else, or if there is no such catalogue. */
  #answerCatalogue({ method = "", headers }: IncomingMessage, response: ServerResponse, url: URL): boolean {
    const [, name = "", path = url.pathname] = /^\/catalogues\/([^/]+)(\/.+)$/.exec(url.pathname) ?? [];
    const played = this.#catalogues.get(name);
    const kind = (
      { "/v1/models": "models", "/v1/models/deprecations": "deprecations", "/docs-json": "document" } as const
    )[path];
    if (played === undefined || kind === undefined) return false;
    const { catalogue, calls, counts } = played;
    const call: Call = {
      ...{ kind, at: Date.now(), method, path: `${path}${url.search}` },
      ...{ headers: headers as Record<string, string>, body: "", open: 0 },
    };
    calls.push(call);
    this.onCall(call);
    const model = url.searchParams.get("model") ?? "";
    const answers = kind === "document" ? catalogue.documents?.[model] : catalogue[kind];
    const counter = `${kind} ${model}`;
    const count = counts.get(counter) ?? 0;
    counts.set(counter, count + 1);
    const answer = answers === undefined ? { status: 404 } : nth(answers, count);
    const { etag } = answer.headers ?? {};
    respond(response, etag !== undefined && etag === headers["if-none-match"] ? { ...answer, status: 304 } : answer);
    return true;
  }

  #filled(answer: Answer, id: string, name: string): Answer {
    const fill = (text: string) =>
      text.replaceAll("{{id}}", id).replaceAll("{{file}}", `${this.#url}/files/${name}/video.mp4`);
    if (answer.body === undefined) return answer;
    const body = typeof answer.body === "string" ? fill(answer.body) : JSON.parse(fill(JSON.stringify(answer.body)));
    return { ...answer, body };
  }
}

function nth<T>(answers: readonly T[], count: number): T {
  const answer = answers[Math.min(count, answers.length - 1)];
  if (answer === undefined) throw new Error("the scenario has no answer for this call");
  return answer;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write("x".repeat(64 * 1024)));
  if (!response.destroyed) response.once("drain", () => pour(response));
}

const BOMB_BYTES = 64 * 1024 * 1024;
let bomb: Buffer | null = null;

function respond(response: ServerResponse, { delayMs, ...answer }: Answer): void {
  if (delayMs === undefined) respondNow(response, answer);
  else setTimeout(() => respondNow(response, answer), delayMs);
}

function respondNow(
  response: ServerResponse,
  { status = 200, headers = {}, body, hang, reset, cut, stall, endless, bomb: isBomb }: Answer,
): void {
  if (hang) return;
  if (reset) {
    response.destroy();
    return;
  }
  if (cut || stall || endless) {
    response.writeHead(status, { ...headers, ...(endless ? {} : { "content-length": "1000" }) });
    if (endless) pour(response);
    else response.write("only this", () => cut && response.destroy());
    return;
  }
  if (isBomb) {
    bomb ??= gzipSync(Buffer.alloc(BOMB_BYTES, "x"));
    response.writeHead(status, { ...headers, "content-encoding": "gzip" }).end(bomb);
    return;
  }
  if (status === 304) {
    response.writeHead(status, headers).end();
    return;
  }
  const text = typeof body === "string" ? body : JSON.stringify(body ?? "");
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body === undefined ? "" : text);
}

const videoFiles = new Map<string, Buffer>();

/** Cached: generating a large file blocks this process long enough for other requests to time out. */
function videoFile(bytes: number, gzip = false): Buffer {
  const name = `${bytes} ${gzip}`;
  const known = videoFiles.get(name);
  if (known !== undefined) return known;
  const file = gzip ? gzipSync(videoFile(bytes)) : Buffer.from(madeUpVideo(bytes).buffer);
  videoFiles.set(name, file);
  return file;
}

const FILES = join(import.meta.dirname, "../videos/formats/files");

function namedFile(name: string, before = ""): Buffer {
  const file = readFileSync(join(FILES, name));
  return Buffer.concat([Buffer.from(before, "hex"), name.endsWith(".gz") ? gunzipSync(file) : file]);
}

function sendFile(request: IncomingMessage, response: ServerResponse, answer: FileAnswer): void {
  const { status = 200, headers = {}, bytes = 0, text, chunked, gzip, cutAfter, stallAfter, dripMs } = answer;
  const { etag, lastModified, earlyBytes = 0, mostBytes, unit = "bytes", hidesSize } = answer;
  const file = answer.name === undefined ? videoFile(bytes, gzip) : namedFile(answer.name, answer.before);
  const whole = text === undefined ? file : Buffer.from(text);
  const size = whole.byteLength;
  const asked = status === 200 ? rangeAsked(request, answer) : null;
  const validators = {
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { "last-modified": lastModified }),
  };
  if (asked !== null && asked >= size) {
    response.writeHead(416, { ...validators, "content-range": `${unit} */${size}` }).end();
    return;
  }
  const from = Math.max(0, (asked ?? 0) - earlyBytes);
  const sent = whole.subarray(from, mostBytes === undefined ? size : from + mostBytes);
  const isPart = asked !== null || answer.always206 === true || sent.byteLength < size;
  const range = `${unit} ${from}-${from + sent.byteLength - 1}/${hidesSize ? "*" : size}`;
  response.writeHead(isPart ? 206 : status, {
    "content-type": text === undefined ? "video/mp4" : "text/html",
    ...(chunked ? {} : { "content-length": String(sent.byteLength) }),
    ...(gzip ? { "content-encoding": "gzip" } : {}),
    ...validators,
    ...(isPart ? { "content-range": range } : {}),
    ...headers,
  });
  const until = cutAfter ?? stallAfter;
  if (dripMs !== undefined) drip(response, sent, { length: Math.ceil(sent.byteLength / 5), everyMs: dripMs });
  // A complete body ends normally, because clients reuse its connection.
  else if (until === undefined || (until >= sent.byteLength && !chunked)) response.end(sent);
  else response.write(sent.subarray(0, until), () => cutAfter !== undefined && response.destroy());
}

/** First byte of the requested rest. Null if the whole file is requested, or if the precondition fails. */
function rangeAsked({ headers }: IncomingMessage, { etag, lastModified, ignoresIfRange }: FileAnswer): number | null {
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  const strong = [...(etag?.startsWith("W/") ? [] : [etag]), lastModified];
  const holds = ignoresIfRange || headers["if-range"] === undefined || strong.includes(headers["if-range"] as string);
  return from !== undefined && holds ? Number(from) : null;
}

function drip(response: ServerResponse, rest: Buffer, pieces: { length: number; everyMs: number }): void {
  const { length, everyMs } = pieces;
  if (rest.byteLength <= length) response.end(rest);
  else
    response.write(rest.subarray(0, length), () =>
      setTimeout(() => drip(response, rest.subarray(length), pieces), everyMs),
    );
}
