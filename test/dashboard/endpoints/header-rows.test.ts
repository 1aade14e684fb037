import { describe, expect, it } from "vitest";
import { headersOf, repeatedName, rowsOf } from "../../../src/dashboard/endpoints/header-rows.ts";

const row = (id: number, name: string, value = "") => ({ id, name, value });

describe("the rows of headers", () => {
  it("come from an endpoint's headers and become them again", () => {
    const headers = { authorization: "Bearer abc", "x-api-key": "" };
    expect(headersOf(rowsOf(headers))).toEqual(headers);
  });

  it("are left out without a name, and trimmed", () => {
    expect(headersOf([row(0, " ", "lost"), row(1, " x-team ", "a b")])).toEqual({ "x-team": "a b" });
  });

  it("repeat a name in any case", () => {
    expect(repeatedName([row(0, "x-team"), row(1, ""), row(2, ""), row(3, "X-Team ")])).toBe("X-Team");
    expect(repeatedName([row(0, "x-team"), row(1, "x-team-id")])).toBeNull();
  });
});
