// Finds lines about crashes in the log of a Worker: events that only a bug causes, and lines of the runtime itself.

/** Events that report an error of the outside world. A bug in our code is reported as `<something>.crashed`. */
const CRASHED = /\.(crashed|failed)$/;

/** The provider of these tests can make the catalogue unreadable, so this event is expected. */
const UNREADABLE = "catalogue.failed";

/** Lines of the runtime that are not about a crash: an unknown host, or an alarm set while its handler runs. */
const EXPECTED = /failed to lookup address information|^NOSENTRY /;

export class CrashLines {
  /** Maximum number of crash lines kept. */
  static readonly MOST = 20;
  readonly found: string[] = [];
  /** Number of lines, including crash lines. */
  count = 0;

  /** Takes one line of the log. The Worker writes JSON with an `event` (src/log.ts); any other line is the runtime's. */
  readonly take = (line: string): void => {
    this.count++;
    const event = eventOf(line);
    const isCrash = event === null ? !EXPECTED.test(line) : CRASHED.test(event) && event !== UNREADABLE;
    if (isCrash && this.found.length < CrashLines.MOST) this.found.push(line.slice(0, 2_000));
  };
}

function eventOf(line: string): string | null {
  try {
    const { event } = JSON.parse(line) as { readonly event?: unknown };
    return typeof event === "string" ? event : null;
  } catch {
    return null;
  }
}
