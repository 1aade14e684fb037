// Hooks that the pages share: the session, live events, loading and actions.

import { createContext } from "preact";
import { useCallback, useContext, useEffect, useRef, useState } from "preact/hooks";
import type { AccountView } from "../../contract/account.ts";
import type { Client } from "./api.ts";
import { ApiError } from "./api.ts";
import type { LiveEvent } from "./live.ts";

export const NOT_ACCEPTED = "Invalid API key. It may have expired or been revoked.";

/** The session, available to every component below the sign-in. */
export interface Session {
  readonly key: string;
  readonly account: AccountView;
  readonly client: Client;
  /** Calls `onEvent` with each event of the scope until the returned function is called. */
  subscribe(onEvent: (event: LiveEvent) => void): () => void;
  /** Whether the user has changed pages in this tab. If so, the heading of the new page takes the focus. */
  hasNavigated(): boolean;
  signOut(reason?: string): void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const signed = useContext(SessionContext);
  if (signed === null) throw new Error("useSession needs a signed-in user");
  return signed;
}

/** Whether the API key cannot change anything or read secrets. Pages then leave out what it cannot do. */
export function useReadOnly(): boolean {
  return useSession().account.read_only === true;
}

/** Calls `onEvent` with each event of the scope while the component is mounted. */
export function useEvents(onEvent: (event: LiveEvent) => void): void {
  const { subscribe } = useSession();
  const latest = useRef(onEvent);
  latest.current = onEvent;
  useEffect(() => subscribe((event) => latest.current(event)), [subscribe]);
}

/** Time between an event and the reload, in milliseconds. Generations often end in groups, and one reload is enough. */
const SETTLE_MS = 2_000;

/** Calls `reload` soon after each event of the scope whose type begins with one of the prefixes. */
export function useReloadOnEvents(reload: () => void, ...prefixes: readonly string[]): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const latest = useRef(reload);
  latest.current = reload;
  useEvents(({ type }) => {
    // Events may have been missed between loading and connecting.
    if (type === "open" || type === "reset") return reload();
    if (timer.current !== undefined || !prefixes.some((prefix) => type.startsWith(prefix))) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, SETTLE_MS);
  });
}

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: ApiError | null;
  /** `value` was loaded for a previous `what`; the current one is still loading. */
  readonly isOld: boolean;
  /** Loads again. Calls during a load are merged into one more load. */
  reload(): void;
  /** Updates the loaded value. Does nothing if `what` has changed. */
  change(update: (value: T) => T): void;
}

interface LoadState<T> {
  readonly what: string;
  readonly value: T | null;
  readonly error: ApiError | null;
}

const BETWEEN_RELOADS_MS = 300;

/**
 * Loads when `what` changes and on `reload`. The previous value stays until the new one arrives.
 *
 * @param kept a value from an earlier visit, which is shown at first instead of loading.
 */
export function useLoad<T>(what: string, load: () => Promise<T>, kept: T | null = null): Loaded<T> {
  const { signOut } = useSession();
  const [state, setState] = useState<LoadState<T>>({ what, value: kept, error: null });
  const isKept = useRef(kept !== null);
  const latest = useRef({ load, what });
  latest.current = { load, what };
  const running = useRef({ what: "", isBusy: false, isWanted: false });
  const reload = useCallback(async () => {
    // Ignore a `reload` that a previous page kept.
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
    if (!isKept.current) void reload();
    isKept.current = false;
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

/** An action of a button: tracks whether it is running, and its error. */
export function useAction(): {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  run(action: () => Promise<unknown>): Promise<boolean>;
  /** Clears the error. */
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

/**
 * Whether the page has been in front of all other windows for `ms`; false while `ms` is null. Excludes a click that was
 * meant for a window that has just closed.
 */
export function useInFront(ms: number | null): boolean {
  const [isInFront, setInFront] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const restart = () => {
      clearTimeout(timer);
      setInFront(false);
      if (ms !== null && document.hasFocus()) timer = setTimeout(() => setInFront(true), ms);
    };
    restart();
    addEventListener("focus", restart);
    addEventListener("blur", restart);
    return () => {
      clearTimeout(timer);
      removeEventListener("focus", restart);
      removeEventListener("blur", restart);
    };
  }, [ms]);
  return isInFront;
}

/** Whether the tab is shown. */
export function useShown(): boolean {
  const [isShown, setShown] = useState(!document.hidden);
  useEffect(() => {
    const follow = () => setShown(!document.hidden);
    document.addEventListener("visibilitychange", follow);
    return () => document.removeEventListener("visibilitychange", follow);
  }, []);
  return isShown;
}

/** Least time between two looks at the places in line. */
const BETWEEN_LOOKS_MS = 5_000;

/** The provider usually refuses a submission within this time. */
const REFUSAL_MS = 2_000;

/**
 * Calls `look` every 5 seconds while `isWaiting` and the tab is shown, and once after that: a generation that had its
 * turn may be refused again.
 *
 * @returns a function that plans one look soon, for a new generation that may join the line.
 */
export function useLooks(isWaiting: boolean, look: () => Promise<unknown>): () => void {
  const isShown = useShown();
  const latest = useRef({ isWaiting, look });
  latest.current = { isWaiting, look };
  const last = useRef({ at: 0, isBusy: false });
  const [dueAt, setDueAt] = useState<number | null>(null);
  const planIn = useCallback((ms: number) => {
    const at = Math.max(Date.now() + ms, last.current.at + BETWEEN_LOOKS_MS);
    setDueAt((planned) => planned ?? at);
  }, []);
  useEffect(() => {
    if (isWaiting) planIn(BETWEEN_LOOKS_MS);
  }, [isWaiting, dueAt]);
  useEffect(() => {
    if (dueAt === null || !isShown) return;
    const run = async () => {
      setDueAt(latest.current.isWaiting ? Date.now() + BETWEEN_LOOKS_MS : null);
      if (last.current.isBusy) return;
      last.current = { at: Date.now(), isBusy: true };
      // After a failed look, the places are as old as before. The next look may succeed.
      await latest.current.look().catch(() => {});
      last.current.isBusy = false;
    };
    const timer = setTimeout(run, Math.max(0, dueAt - Date.now()));
    return () => clearTimeout(timer);
  }, [dueAt, isShown]);
  return () => planIn(REFUSAL_MS);
}

/** The current time, updated every second while `isRunning`. */
export function useNow(isRunning = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
