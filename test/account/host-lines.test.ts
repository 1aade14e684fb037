import { describe, expect, it } from "vitest";
import { HostLines } from "../../src/account/host-lines.ts";
import type { DeliveryTarget } from "../../src/core/webhooks/destination.ts";

const T0 = 1_000_000_000;

const to = (url: string, more: Partial<DeliveryTarget> = {}): DeliveryTarget => {
  return { url, requested: true, endpointId: null, event: "generation.completed", turn: null, ...more };
};

function linesOf(perSecond = 1) {
  const clock = { time: T0, now: () => clock.time, random: () => 0 };
  const lines = new HostLines(clock, () => perSecond);
  return { clock, lines };
}

const REFUSED = { status: 503 };

describe("the lines of an account's hosts", () => {
  it("are separate for each host and port, whatever the path and spelling", () => {
    const { lines } = linesOf();
    lines.record("https://a.example.com/x", REFUSED);
    for (const other of ["https://b.example.com/x", "https://a.example.com:8443/x", "no url"]) {
      expect(lines.turnOf(to(other), null)).toBeNull();
    }
    const same = ["https://a.example.com/y", "https://A.example.com.:443/x?z#w", "https://user@a.example.com"];
    expect(same.map((url) => lines.turnOf(to(url), null)?.turnAt)).toEqual([null, T0 + 1_000, T0 + 2_000]);
  });

  it("give no turn to a delivery that only asks how it is signed", () => {
    const { lines } = linesOf();
    lines.record("https://a.example.com/x", REFUSED);
    const { turn: _, ...target } = to("https://a.example.com/x");
    for (let at = 0; at < 5; at++) expect(lines.turnOf(target, null)).toEqual({ turnAt: null });
    expect(lines.turnOf(to("https://a.example.com/x"), null)).toEqual({ turnAt: null });
  });

  it("follow the webhook endpoint's present URL, and give no turn to a delivery that is withheld", () => {
    const { lines } = linesOf();
    lines.record("https://new.example.com/x", REFUSED);
    const endpoint = {
      url: "https://new.example.com/",
      enabled: true,
      headers: {},
      clientCertificate: false,
      secrets: [],
    };
    const delivery = to("https://old.example.com/", { requested: false, endpointId: "we_1" });
    expect(lines.turnOf(delivery, endpoint)).toEqual({ turnAt: null });
    expect(lines.turnOf(delivery, { ...endpoint, enabled: false })).toBeNull();
    expect(lines.turnOf(delivery, null)).toBeNull();
    expect(lines.turnOf({ ...delivery, requested: true }, endpoint)).toBeNull();
  });

  it("are forgotten once the host has answered often enough, or had no failure for five minutes", () => {
    const { clock, lines } = linesOf();
    for (const host of ["a", "b"]) lines.record(`https://${host}.example.com/`, REFUSED);
    for (let at = 0; at < 10; at++) lines.record("https://a.example.com/", { status: 204 });
    expect(lines.turnOf(to("https://a.example.com/"), null)).toBeNull();
    expect(lines.turnOf(to("https://b.example.com/"), null)).not.toBeNull();
    clock.time += 5 * 60_000;
    expect(lines.turnOf(to("https://b.example.com/"), null)).toBeNull();
  });

  it("are at most 1,000: the host that has not failed for longest loses its line", () => {
    const { lines } = linesOf();
    for (let at = 0; at < 1_000; at++) lines.record(`https://h${at}.example.com/`, REFUSED);
    lines.record("https://h0.example.com/", REFUSED);
    lines.record("https://h1000.example.com/", REFUSED);
    const hosts = [0, 1, 2, 1_000].map((at) => lines.turnOf(to(`https://h${at}.example.com/`), null) !== null);
    expect(hosts).toEqual([true, false, true, true]);
  });
});
