import { describe, expect, it } from "vitest";
import {
  afterAnswer,
  type HostLine,
  isHostFailure,
  isOpen,
  lineAt,
  MOST_WAIT_MS,
  takeTurn,
} from "../../../src/core/webhooks/host-line.ts";
import { chanceFrom } from "../../simulation/plan.ts";

const T0 = 1_000_000_000;
const MINUTE = 60_000;

/** A host at which time passes, attempts end, and deliveries ask for turns. */
class Host {
  now = T0;
  line: HostLine | null = null;
  perSecond = 10;

  answers(times: number, isFailure = false): this {
    for (let at = 0; at < times; at++) this.line = afterAnswer(this.line, isFailure, this.now);
    return this;
  }

  fails(times = 1): this {
    return this.answers(times, true);
  }

  after(ms: number): this {
    this.now += ms;
    this.line = this.line && lineAt(this.line, this.now);
    return this;
  }

  get isOpen(): boolean {
    return this.line !== null && isOpen(this.line);
  }

  /** @returns how long the delivery must wait; 0 if it is sent now. */
  asks(turnAt: number | null = null): number {
    if (this.line === null) throw new Error("the host has no line");
    const taken = takeTurn(this.line, { turnAt, perSecond: this.perSecond, now: this.now });
    this.line = taken.line;
    return taken.turnAt === null ? 0 : taken.turnAt - this.now;
  }

  ask(times: number): number[] {
    return Array.from({ length: times }, () => this.asks());
  }
}

const failing = () => new Host().fails();

describe("an attempt", () => {
  it.each([null, 429, 502, 503, 504])("with status %j is a failure of the host", (status) => {
    expect(isHostFailure(status)).toBe(true);
  });

  it.each([200, 204, 301, 400, 401, 404, 408, 410, 422, 500, 501])(
    "with status %i is an answer of the host",
    (status) => {
      expect(isHostFailure(status)).toBe(false);
    },
  );
});

describe("the line of a host", () => {
  it("opens with a failure, and not with an answer", () => {
    expect(new Host().answers(5).line).toBeNull();
    expect(failing().isOpen).toBe(true);
  });

  it.each([
    ["one failure", 1, 10],
    ["three failures", 3, 30],
    ["a long outage", 10_000, 600],
  ])("ends after enough answers to %s", (_, failures, answers) => {
    const host = new Host().fails(failures).answers(answers - 1);
    expect(host.isOpen).toBe(true);
    expect(host.answers(1).line).toBeNull();
  });

  it("ends five minutes after the last failure", () => {
    expect(
      failing()
        .after(MINUTE)
        .fails()
        .after(5 * MINUTE - 1).isOpen,
    ).toBe(true);
    expect(
      failing()
        .after(MINUTE)
        .fails()
        .after(5 * MINUTE).line,
    ).toBeNull();
  });

  it("owes nothing for failures that are five minutes old", () => {
    const host = failing();
    host.ask(10_000);
    expect(host.after(5 * MINUTE).isOpen).toBe(false);
    expect(host.fails().answers(9).isOpen).toBe(true);
    expect(host.answers(1).isOpen).toBe(false);
  });

  it("closes after each failure of a host that fails one attempt in twenty", () => {
    const host = new Host();
    let open = 0;
    for (let at = 0; at < 1_000; at++) {
      if (at % 20 === 0) host.fails();
      else host.answers(1);
      if (host.isOpen) open++;
    }
    expect(open).toBeLessThanOrEqual(500);
    expect(host.isOpen).toBe(false);
  });
});

describe("a turn", () => {
  it("is now for a second's worth of deliveries, and then each one has its own", () => {
    expect(failing().ask(13)).toEqual([...Array(10).fill(0), 1_000, 1_100, 1_200]);
  });

  it.each([
    [1, [0, 1_000, 2_000]],
    [2, [0, 0, 1_000]],
    [1_000, [0, 0, 0]],
  ])("comes %i times a second if so configured", (perSecond, waits) => {
    const host = failing();
    host.perSecond = perSecond;
    expect(host.ask(3)).toEqual(waits);
  });

  it("is kept: the delivery is sent when it comes for it, before all that ask later", () => {
    const host = failing();
    const waits = host.ask(10_010).slice(10);
    for (const wait of waits) {
      host.after(T0 + wait - host.now).fails();
      expect(host.asks(T0 + wait)).toBe(0);
    }
    expect(host.now).toBe(T0 + 1_000_900);
  });

  it("comes after all turns that were given, even if the line was closed in between", () => {
    const host = failing();
    host.ask(110);
    expect(host.after(500).answers(10).isOpen).toBe(false);
    expect(host.fails().asks()).toBe(10_500);
  });

  it("is made up for at once if it comes late, but only for a second's worth", () => {
    const host = failing();
    const turns = host
      .ask(110)
      .slice(10)
      .map((wait) => T0 + wait);
    host.after(MINUTE);
    const waits = turns.map((turn) => host.asks(turn));
    expect(waits.slice(0, 21)).toEqual([...Array(20).fill(0), 2_000]);
    expect(waits.at(-1)).toBe(9_900);
  });

  it("may be taken early, because clocks differ", () => {
    const host = failing();
    host.ask(10);
    expect(host.asks(T0 + 50)).toBe(0);
  });

  it("is now, whatever the line, if the wait would be longer than an hour", () => {
    const host = failing();
    const waits = host.ask(40_000);
    expect(Math.max(...waits)).toBe(MOST_WAIT_MS);
    expect(waits.slice(-3)).toEqual([0, 0, 0]);
    expect(host.after(1_000).asks(T0 + 1_000)).toBe(0);
  });

  it("is as far away as before when the clock is set back, and at once when it is set forward", () => {
    const back = failing();
    back.ask(20);
    expect(back.after(-24 * 60 * MINUTE).asks()).toBe(2_000);
    expect(back.isOpen).toBe(true);
    const forward = failing();
    forward.ask(20);
    expect(forward.after(4 * MINUTE).ask(11)).toEqual([...Array(10).fill(0), 1_000]);
  });

  it("that nobody comes for is lost, and holds up no other", () => {
    const host = failing();
    host.ask(20);
    expect(host.after(2_000).asks()).toBe(0);
  });

  it("lets at most two seconds' worth and the rate through, whoever asks", () => {
    const host = failing();
    const sent: number[] = [];
    const chance = chanceFrom(7);
    const waiting: number[] = [];
    for (let step = 0; step < 20_000; step++) {
      host.after(10).fails();
      if (chance() < 0.2) waiting.push(Number.NaN);
      for (const turn of waiting.splice(0)) {
        // One in ten comes up to five seconds late.
        if (turn > host.now || chance() < 0.1) waiting.push(turn);
        else {
          const wait = host.asks(Number.isNaN(turn) ? null : turn);
          if (wait === 0) sent.push(host.now);
          else waiting.push(host.now + wait + (chance() < 0.1 ? 5_000 * chance() : 0));
        }
      }
    }
    const busiest = Math.max(...sent.map((from) => sent.filter((at) => at >= from && at < from + 1_000).length));
    expect(sent.length).toBeGreaterThan(1_800);
    expect(busiest).toBeLessThanOrEqual(30);
  });
});
