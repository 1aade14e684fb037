import { describe, expect, it } from "vitest";
import { type Page, Pages } from "../../../packages/reelhook/src/pages.ts";

/** Pages by their cursors; the first one is under "". */
function pagesOf(pages: Readonly<Record<string, Page<number>>>) {
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    const page = pages[cursor ?? ""];
    if (page === undefined) throw new Error("no such page");
    return page;
  };
  return { list: new Pages(read), asked };
}

const THREE = {
  "": { data: [1, 2], has_more: true, next_cursor: "b" },
  b: { data: [], has_more: true, next_cursor: "c" },
  c: { data: [3], has_more: false, next_cursor: null },
};

describe("a list", () => {
  it("yields the items of all pages, empty ones between them", async () => {
    const { list, asked } = pagesOf(THREE);
    expect(await Array.fromAsync(list)).toEqual([1, 2, 3]);
    expect(asked).toEqual([undefined, "b", "c"]);
  });

  it("reads a page when its first item is wanted, and none before the first", async () => {
    const { list, asked } = pagesOf(THREE);
    expect(asked).toEqual([]);
    for await (const item of list) if (item === 2) break;
    expect(asked).toEqual([undefined]);
  });

  it("is not read forever if the next page is always the same", async () => {
    const { list, asked } = pagesOf({
      "": { data: [1], has_more: true, next_cursor: "b" },
      b: { data: [2], has_more: true, next_cursor: "b" },
    });
    await expect(Array.fromAsync(list)).rejects.toMatchObject({ code: "unexpected_answer" });
    expect(asked).toEqual([undefined, "b"]);
  });

  it("can be read again from the start", async () => {
    const { list } = pagesOf(THREE);
    await Array.fromAsync(list);
    expect(await Array.fromAsync(list)).toEqual([1, 2, 3]);
  });

  it("yields whole pages, for those who show one at a time", async () => {
    const { list } = pagesOf(THREE);
    expect(await Array.fromAsync(list.pages())).toEqual(Object.values(THREE));
  });

  it("ends after an empty list", async () => {
    const { list } = pagesOf({ "": { data: [], has_more: false, next_cursor: null } });
    expect(await Array.fromAsync(list)).toEqual([]);
  });

  it("ends where a page fails, with its error", async () => {
    const { list } = pagesOf({ "": { data: [1], has_more: true, next_cursor: "gone" } });
    const seen: number[] = [];
    const read = async () => {
      for await (const item of list) seen.push(item);
    };
    await expect(read()).rejects.toThrow("no such page");
    expect(seen).toEqual([1]);
  });
});
