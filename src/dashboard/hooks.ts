import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Client } from "./api.ts";
import { ApiError } from "./api.ts";
import type { LiveEvent } from "./live.ts";

export const NOT_ACCEPTED = "This key is not accepted here. Keys are in the setting API_KEYS.";

/** What every part of the page may use once somebody has signed in. */
export interface Signed {
  readonly key: string;
  readonly mode: "live" | "test";
  readonly client: Client;
  /** Calls back with each event of the scope, until the returned function is called. */
  subscribe(onEvent: (event: LiveEvent) => void): () => void;
  /** Whether the page shown is not the first of this tab: then its heading takes the focus. */
  hasNavigated(): boolean;
  signOut(reason?: string): void;
}

export const SignedContext = createContext<Signed | null>(null);

export function useSigned(): Signed {
  const signed = useContext(SignedContext);
  if (signed === null) throw new Error("nobody has signed in");
  return signed;
}

/** Events of the scope, for as long as the component is there. */
export function useEvents(onEvent: (event: LiveEvent) => void): void {
  const { subscribe } = useSigned();
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => subscribe((event) => latest.current(event)), [subscribe]);
}

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: ApiError | null;
  /** `value` is what was loaded for something else, until the answer comes. */
  readonly isOld: boolean;
  /** Asks again; however often it is called, one request is under way and at most one waits. */
  reload(): void;
  /** Changes what was loaded; nothing, when something else is shown by now. */
  change(update: (value: T) => T): void;
}

interface LoadState<T> {
  readonly what: string;
  readonly value: T | null;
  readonly error: ApiError | null;
}

const BETWEEN_RELOADS_MS = 300;

/** Loads when `what` changes, and again when asked; what was loaded stays until then. */
export function useLoad<T>(what: string, load: () => Promise<T>): Loaded<T> {
  const { signOut } = useSigned();
  const [state, setState] = useState<LoadState<T>>({ what, value: null, error: null });
  const latest = useRef({ load, what });
  latest.current = { load, what };
  const running = useRef({ what: "", isBusy: false, isWanted: false });
  const reload = useCallback(async () => {
    // Asked by a page that is no longer shown: its turn would take the place of the one that is.
    if (latest.current.what !== what) return;
    const own = running.current;
    if (own.isBusy && own.what === what) {
      own.isWanted = true;
      return;
    }
    const turn = { what, isBusy: true, isWanted: false };
    running.current = turn;
    do {
      turn.isWanted = false;
      const next = await latest.current.load().then(
        (value) => ({ value, error: null }),
        (cause) => ({ value: null, error: asApiError(cause) }),
      );
      if (running.current !== turn) return;
      if (next.error?.status === 401) signOut(NOT_ACCEPTED);
      setState((before) => ({
        what,
        error: next.error,
        value: next.error === null ? next.value : before.what === what ? before.value : null,
      }));
      if (turn.isWanted) await new Promise((resolve) => setTimeout(resolve, BETWEEN_RELOADS_MS));
      if (running.current !== turn) return;
    } while (turn.isWanted);
    turn.isBusy = false;
  }, [what]);
  useEffect(() => {
    void reload();
    return () => {
      running.current = { what: "", isBusy: false, isWanted: false };
    };
  }, [reload]);
  const change = useCallback(
    (update: (value: T) => T) =>
      setState((before) =>
        before.what === what && before.value !== null ? { ...before, value: update(before.value) } : before,
      ),
    [what],
  );
  const isCurrent = state.what === what;
  return {
    value: state.value,
    isOld: !isCurrent,
    error: isCurrent ? state.error : null,
    reload: () => void reload(),
    change,
  };
}

/** An action on a button: runs once at a time, and keeps what went wrong. */
export function useAction(): {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  run(action: () => Promise<unknown>): Promise<boolean>;
  /** Forgets what went wrong. */
  clear(): void;
} {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = async (action: () => Promise<unknown>) => {
    setBusy(true);
    setError(null);
    try {
      await action();
      return true;
    } catch (cause) {
      setError(asApiError(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, run, clear: () => setError(null) };
}

function asApiError(cause: unknown): ApiError {
  return cause instanceof ApiError ? cause : new ApiError(0, cause instanceof Error ? cause.message : String(cause));
}

/** The time, told anew every second while it is asked for. */
export function useNow(isRunning = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
