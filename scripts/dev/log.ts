// Prints what happens as one line each: requests, events of the Worker and callbacks. Also decides what is not worth a line.

import { stripVTControlCharacters, styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** One line of the Worker's log (src/log.ts). */
export interface WorkerEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface LogOutput {
  write(text: string): void;
  readonly hasColors: boolean;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** Pages and their parts: a visit is not worth a line. */
const PAGES = new Set(["/", "/docs", "/openapi.json", "/favicon.ico", "/robots.txt"]);

/** Asked by the dashboard every second. */
const INBOX = "/dev/inbox";

function isSeen(path: string): boolean {
  return PAGES.has(path) || path === INBOX || path.startsWith("/dashboard/") || path.startsWith("/docs/");
}

export class DevLog {
  readonly #output: LogOutput;
  /** Requests that this program makes itself, by method and path: each hides one line. */
  readonly #own = new Map<string, number>();
  /** Ids of callbacks that the inbox has already reported. */
  readonly #received = new Set<string>();

  constructor(output: LogOutput) {
    this.#output = output;
  }

  /** Hides the line of a request that this program makes. */
  hide(method: string, path: string): void {
    this.#count(method, path, 1);
  }

  /** Shows it after all: the request did not reach the Worker. */
  unhide(method: string, path: string): void {
    this.#count(method, path, -1);
  }

  #count(method: string, path: string, change: number): void {
    const name = `${method} ${path}`;
    this.#own.set(name, Math.max(0, (this.#own.get(name) ?? 0) + change));
  }

  /** Prints text as it is, without colors where there are none. */
  print(text: string): void {
    this.#output.write(`${this.#output.hasColors ? text : stripVTControlCharacters(text)}\n`);
  }

  /** Prints one line with the time. */
  line(parts: readonly (string | readonly [Style, string])[]): void {
    const time = new Date(this.#output.now()).toTimeString().slice(0, 8);
    const shown = parts.map((part) => (typeof part === "string" ? harmless(part) : this.paint(...part)));
    this.print([this.paint("dim", time), ...shown].join("  "));
  }

  paint(style: Style, text: string): string {
    const shown = harmless(text);
    return this.#output.hasColors ? styleText(style, shown, { validateStream: false }) : shown;
  }

  /** A callback that the inbox has received. @param reason why its signature is not verified; null if it is. */
  callback({ id, type, generation, reason }: CallbackLine): void {
    if (id !== null) this.#received.add(id);
    this.line([
      ["cyan", "callback"],
      type ?? "no type",
      ...(generation === null ? [] : [generation]),
      reason === null ? ["green", "signature verified"] : ["red", `not verified: ${reason}`],
    ]);
  }

  worker(event: WorkerEvent): void {
    const text = (name: string) => String(event[name] ?? "");
    if (event["error"] !== undefined && event["error"] !== null && event.event !== "generation.ended") {
      this.#failure(event);
      return;
    }
    switch (event.event) {
      case "request":
        this.#request(event);
        return;
      case "action.ended":
        this.line([
          ["dim", text("action")],
          ["dim", text("id")],
          ["dim", text("result")],
        ]);
        return;
      case "attempt.ended":
        this.#attempt(event);
        return;
      case "generation.ended": {
        const { status, error } = event;
        const style = status === "completed" ? "green" : status === "failed" ? "red" : "yellow";
        const reason = typeof error === "string" ? [error] : [];
        this.line([[style, `generation.${status}`], text("id"), ...reason, lengthOf(Number(event["ms"]))]);
        return;
      }
      default:
        this.line([event.event, ...fieldsOf(event)]);
    }
  }

  #request({ method, path, status, code, ms }: WorkerEvent): void {
    const name = `${method} ${path}`;
    const own = this.#own.get(name) ?? 0;
    if (own > 0) {
      this.#own.set(name, own - 1);
      return;
    }
    if (method === "GET" && isSeen(String(path)) && Number(status) < 400) return;
    const style = STATUS_STYLES[Math.floor(Number(status) / 100)] ?? "red";
    const reason = typeof code === "string" ? ` ${code}` : "";
    this.line([name, [style, `${status}${reason}`], ["dim", lengthOf(Number(ms))]]);
  }

  /** A successful delivery to the inbox already has its line. */
  #attempt({ id, delivery, status, ms }: WorkerEvent): void {
    const isGood = typeof status === "number" && status >= 200 && status < 300;
    if (isGood && this.#received.has(String(delivery))) return;
    const outcome = status === null ? "no answer" : String(status);
    this.line([["cyan", "delivery"], String(id), [isGood ? "green" : "red", outcome], ["dim", lengthOf(Number(ms))]]);
  }

  #failure(event: WorkerEvent): void {
    this.line([["red", event.event], ...fieldsOf(event)]);
    for (const line of String(event["error"]).split("\n")) this.print(this.paint("red", `          ${line}`));
  }
}

export interface CallbackLine {
  /** The `webhook-id`. */
  readonly id: string | null;
  readonly type: string | null;
  readonly generation: string | null;
  readonly reason: string | null;
}

const STATUS_STYLES: Readonly<Record<number, Style>> = { 2: "green", 3: "cyan", 4: "yellow" };

/** The other fields, such as `object 1f2a…`. */
function fieldsOf({ event: _, error: __, ...fields }: WorkerEvent): string[] {
  return Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [`${name} ${String(value)}`]));
}

/** Without characters that control the terminal: anybody can send anything to a Worker or an inbox. */
function harmless(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, " ");
}

/** Such as `34 ms` or `25.1 s`. */
function lengthOf(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
