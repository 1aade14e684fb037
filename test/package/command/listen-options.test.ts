import { describe, expect, it } from "vitest";
import { apiKeyIn, deploymentUrl } from "../../../packages/reelhook/src/command/deployment-options.ts";
import { forwardUrl, wantedEvents } from "../../../packages/reelhook/src/command/listen/options.ts";
import { Reelhook } from "../../../packages/reelhook/src/reelhook.ts";

describe("--forward", () => {
  it.each([
    ["http://localhost:3000/hook", "http://localhost:3000/hook"],
    ["HTTPS://app.test/hook?a=1#part", "https://app.test/hook?a=1"],
    ["localhost:3000/hook", "http://localhost:3000/hook"],
    ["localhost", "http://localhost/"],
    ["3000", "http://localhost:3000/"],
    ["app.test:8080", "http://app.test:8080/"],
    ["[::1]:3000/hook", "http://[::1]:3000/hook"],
  ])("may be %s", (text, url) => {
    expect(forwardUrl(text).href).toBe(url);
  });

  it.each([undefined, "", "/hook", "hook", "99999", "ftp://localhost/hook", "http:localhost", "http://", "localhost:"])(
    "must not be %j",
    (text) => {
      expect(() => forwardUrl(text)).toThrow(/--forward .*http:\/\/localhost:3000\/hook/);
    },
  );

  it("must not have a password, which fetch refuses", () => {
    expect(() => forwardUrl("http://u:p@localhost")).toThrow("user name or password");
  });
});

describe("--url", () => {
  it("is an http or https URL; a slash at the end is ignored", () => {
    expect(deploymentUrl("https://reelhook.example.com/")).toBe("https://reelhook.example.com");
    for (const text of ["reelhook.example.com", "localhost:8787", ""])
      expect(() => deploymentUrl(text)).toThrow("--url");
  });

  it.each(["http://user:secret@localhost:8787", "http://localhost:8787?a=secret", "http://localhost:8787/#secret"])(
    "must not be %s, which the client refuses",
    (text) => {
      expect(() => deploymentUrl(text)).toThrow(/^--url must not contain (?!.*secret)/);
    },
  );

  it("is one that the client takes", () => {
    for (const text of ["http://localhost:8787/", "http://localhost:8787/?", "http://localhost:8787#"])
      new Reelhook({ baseUrl: deploymentUrl(text), apiKey: "rh_test_1" });
  });
});

describe("--api-key", () => {
  it("has no characters that a header cannot have", () => {
    expect(apiKeyIn("rh_test_1\n", {})).toBe("rh_test_1");
    for (const text of ["", " ", "a b", "clé"]) expect(() => apiKeyIn(text, {})).toThrow("REELHOOK_API_KEY");
  });

  it("comes from REELHOOK_API_KEY, otherwise from REELHOOK_KEY, unless it is given", () => {
    const [REELHOOK_API_KEY, REELHOOK_KEY] = ["rh_test_1", "rh_test_2"];
    expect(apiKeyIn("rh_test_3", { REELHOOK_API_KEY, REELHOOK_KEY })).toBe("rh_test_3");
    expect(apiKeyIn(undefined, { REELHOOK_API_KEY, REELHOOK_KEY })).toBe("rh_test_1");
    expect(apiKeyIn(undefined, { REELHOOK_API_KEY: "", REELHOOK_KEY })).toBe("rh_test_2");
    expect(() => apiKeyIn(undefined, { REELHOOK_KEY: "" })).toThrow(/^Give an API key with --api-key or/);
  });
});

describe("--events", () => {
  it("is all events by default", () => {
    expect(wantedEvents(undefined).size).toBe(4);
  });

  it("names events, separated by commas", () => {
    const wanted = wantedEvents("generation.completed, generation.failed");
    expect([...wanted]).toEqual(["generation.completed", "generation.failed"]);
  });

  it.each(["", "completed", "generation.completed,,", "toString"])("refuses %j with the events there are", (text) => {
    expect(() => wantedEvents(text)).toThrow(/The events are generation.started, generation.completed, /);
  });
});
