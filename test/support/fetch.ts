// A fake `fetch` that answers from a list and records the requests.

export interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

export type Step = Response | Error | ((init: RequestInit) => Promise<Response>);

export function fakeFetch(...steps: Step[]): { fetch: typeof fetch; asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    fetch: async (input, init = {}) => {
      asked.push({ url: String(input), init: init as RequestInit });
      const step = steps[asked.length - 1];
      if (step === undefined) throw new Error(`unexpected request to ${String(input)}`);
      if (step instanceof Error) throw step;
      return typeof step === "function" ? step(init as RequestInit) : step;
    },
  };
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** Never answers; rejects when the request is aborted. */
export function silence(init: RequestInit): Promise<Response> {
  return new Promise((_, reject) => {
    init.signal?.throwIfAborted();
    init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
  });
}
