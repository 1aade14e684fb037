import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressGroup } from "../../src/http/client-address.ts";

describe("audit 10: requests without an API key are counted by", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    [" 192.0.2.1 ", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:ffff:c000:0201", "192.0.2.1"],
    ["[::ffff:192.0.2.1]", "192.0.2.1"],
    ["::ffff:0.0.0.0", "0.0.0.0"],
    ["::ffff:255.255.255.255", "255.255.255.255"],
  ])("the IPv4 address of %s", (text, group) => {
    expect(addressGroup(text)).toBe(group);
  });

  it.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1%eth0", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::1]", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:db8::2:0:0:1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:0:0:192.0.2.1", "2001:db8:0:0::/64"],
    ["2001:db8::192.0.2.1", "2001:db8:0:0::/64"],
    ["fe80::1%1", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["::", "0:0:0:0::/64"],
    ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
    ["::2:3:4:5:6:7:8", "0:2:3:4::/64"],
  ])("the /64 network of %s", (text, group) => {
    expect(addressGroup(text)).toBe(group);
  });

  it.each([
    "",
    "unknown",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.1.1",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    ":::",
    ":1:2:3:4:5:6:7",
    "1:2:3:4::5:6:7:8",
    "1:2:3:4:5:6:7:192.0.2.1",
    "192.0.2.1::",
    "2001:db8::12345",
    "2001:db8::g",
    "192.0.2.1, 192.0.2.2",
  ])("one limit for all when it is not an address: %j", (text) => {
    expect(addressGroup(text)).toBe("unknown");
  });

  it("the same network for every spelling of an address, and for every address in it", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    const groups = (length: number) => fc.array(group, { minLength: length, maxLength: length });
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), (network, host, other) => {
        // The network of IPv4-mapped addresses stands for IPv4.
        fc.pre(network.some((part) => part !== 0));
        const full = (parts: readonly number[]) => parts.map((part) => part.toString(16).padStart(4, "0")).join(":");
        const compressed = new URL(`http://[${full([...network, ...host])}]`).hostname;
        const expected = addressGroup(full([...network, ...other]));
        expect(expected).toMatch(/::\/64$/);
        expect(addressGroup(compressed)).toBe(expected);
        expect(addressGroup(full([...network, ...host]).toUpperCase())).toBe(expected);
      }),
    );
  });
});
