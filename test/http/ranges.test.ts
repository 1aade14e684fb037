// The cases of RFC 9110. The video has 1000 bytes, so that the numbers are easy to compare with the RFC.

import { describe, expect, it } from "vitest";
import { type Selection, select } from "../../src/http/ranges.ts";

const etag = '"abc"';
const modifiedAt = Date.UTC(2026, 10, 22, 12, 0, 0, 789);
const MODIFIED = "Sun, 22 Nov 2026 12:00:00 GMT";
const BEFORE = "Sun, 22 Nov 2026 11:59:59 GMT";
const AFTER = "Sun, 22 Nov 2026 12:00:01 GMT";

function selected(headers: Record<string, string>, method = "GET"): Selection {
  return select({ method, header: (name) => headers[name] }, { size: 1000, etag, modifiedAt });
}

const part = (offset: number, length: number): Selection => ({ kind: "part", offset, length });
const WHOLE: Selection = { kind: "whole" };

describe("Range (section 14.1.2, 14.2)", () => {
  it.each<[string, Selection]>([
    ["bytes=0-499", part(0, 500)],
    ["bytes=500-999", part(500, 500)],
    ["bytes=0-0", part(0, 1)],
    ["bytes=999-999", part(999, 1)],
    ["bytes=0-", part(0, 1000)],
    ["bytes=950-", part(950, 50)],
    ["bytes=950-2000", part(950, 50)],
    ["bytes=-500", part(500, 500)],
    ["bytes=-1", part(999, 1)],
    ["bytes=-2000", part(0, 1000)],
    ["BYTES=0-0", part(0, 1)],
    ["bytes= 0-499 ", part(0, 500)],
    ["bytes=1000-", { kind: "unsatisfiable" }],
    ["bytes=1000-1001", { kind: "unsatisfiable" }],
    ["bytes=99999999999999999999-", { kind: "unsatisfiable" }],
    ["bytes=-0", { kind: "unsatisfiable" }],
    // Invalid, of an unknown unit, or several: ignored, and the whole video is sent.
    ["bytes=500-499", WHOLE],
    ["bytes=-", WHOLE],
    ["bytes=", WHOLE],
    ["bytes=a-b", WHOLE],
    ["bytes=0x0-0x9", WHOLE],
    ["bytes=1.5-2", WHOLE],
    ["bytes=--5", WHOLE],
    ["bytes=0-0,-1", WHOLE],
    ["bytes=500-600,601-999", WHOLE],
    ["seconds=0-499", WHOLE],
    ["0-499", WHOLE],
    ["", WHOLE],
  ])("%j selects %j", (range, expected) => {
    expect(selected({ range })).toEqual(expected);
  });

  it("applies to GET only", () => {
    expect(selected({ range: "bytes=0-0" }, "HEAD")).toEqual(WHOLE);
  });
});

describe("If-Range (section 13.1.5)", () => {
  it.each<[string, Selection]>([
    [etag, part(0, 1)],
    ['"other"', WHOLE],
    ['W/"abc"', WHOLE],
    [MODIFIED, part(0, 1)],
    [BEFORE, WHOLE],
    [AFTER, WHOLE],
    ["nonsense", WHOLE],
  ])("%j selects %j", (ifRange, expected) => {
    expect(selected({ range: "bytes=0-0", "if-range": ifRange })).toEqual(expected);
  });

  it("has no effect without Range, and allows 416 only if it matches", () => {
    expect(selected({ "if-range": etag })).toEqual(WHOLE);
    expect(selected({ range: "bytes=1000-", "if-range": etag })).toEqual({ kind: "unsatisfiable" });
    expect(selected({ range: "bytes=1000-", "if-range": '"other"' })).toEqual(WHOLE);
  });
});

describe("If-None-Match (section 13.1.2)", () => {
  it.each<[string, Selection["kind"]]>([
    [etag, "not_modified"],
    ['W/"abc"', "not_modified"],
    ['"x", "abc"', "not_modified"],
    ['"x" ,W/"abc","y"', "not_modified"],
    ["*", "not_modified"],
    ['"other"', "whole"],
    ['"a,bc"', "whole"],
    ["abc", "whole"],
    ["", "whole"],
  ])("%j: %s", (value, kind) => {
    expect(selected({ "if-none-match": value }).kind).toBe(kind);
    expect(selected({ "if-none-match": value }, "HEAD").kind).toBe(kind);
  });

  it("takes precedence over If-Modified-Since and Range", () => {
    expect(selected({ "if-none-match": '"other"', "if-modified-since": AFTER })).toEqual(WHOLE);
    expect(selected({ "if-none-match": etag, range: "bytes=0-0" })).toEqual({ kind: "not_modified" });
  });
});

describe("If-Modified-Since (section 13.1.3)", () => {
  it.each<[string, Selection["kind"]]>([
    [MODIFIED, "not_modified"],
    [AFTER, "not_modified"],
    [BEFORE, "whole"],
    ["Sunday, 22-Nov-26 12:00:00 GMT", "not_modified"],
    ["Sunday, 22-Nov-26 11:59:59 GMT", "whole"],
    ["Sun Nov 22 12:00:00 2026", "not_modified"],
    ["Sun Nov 22 11:59:59 2026", "whole"],
    ["Wed Jan  6 08:49:37 2027", "not_modified"],
    ["nonsense 2099", "whole"],
    ["Sun, 22 Nov 2026 12:00:00", "whole"],
    ["Sun, 22 Nov 2026 12:00:00 +0000", "whole"],
    ["Sun, 22 Nov 2026 99:00:00 GMT", "whole"],
    ["2099-01-01T00:00:00Z", "whole"],
    ["yesterday", "whole"],
    ["1795348800", "whole"],
  ])("%j: %s", (value, kind) => {
    expect(selected({ "if-modified-since": value }).kind).toBe(kind);
  });
});

describe("If-Match and If-Unmodified-Since (sections 13.1.1, 13.1.4)", () => {
  it.each<[Record<string, string>, Selection["kind"]]>([
    [{ "if-match": etag }, "whole"],
    [{ "if-match": "*" }, "whole"],
    [{ "if-match": '"x", "abc"' }, "whole"],
    [{ "if-match": 'W/"abc"' }, "precondition_failed"],
    [{ "if-match": '"x"' }, "precondition_failed"],
    [{ "if-match": '"x"', "if-unmodified-since": AFTER }, "precondition_failed"],
    [{ "if-match": etag, "if-unmodified-since": BEFORE }, "whole"],
    [{ "if-match": '"x"', "if-none-match": etag }, "precondition_failed"],
    [{ "if-unmodified-since": MODIFIED }, "whole"],
    [{ "if-unmodified-since": BEFORE }, "precondition_failed"],
    [{ "if-unmodified-since": "nonsense" }, "whole"],
    [{ "if-match": etag, range: "bytes=0-0" }, "part"],
  ])("%j: %s", (headers, kind) => {
    expect(selected(headers).kind).toBe(kind);
  });
});
