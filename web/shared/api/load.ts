/** What screens read: kept in memory while the tab is open, so that going back shows it at once and asks again quietly. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { useLanguage } from "../words";
import { Problem } from "./problem";

export interface Loaded<T> {
  /** What was read last, also while it is read again or could not be. */
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** `fresh`: nothing was written since it was read. `coming`: it is on its way, asked for once, however many wait for it. */
interface Kept {
  data?: unknown;
  fresh?: boolean;
  coming?: Promise<void> | undefined;
}

const kept = new Map<string, Kept>();
/** What is on the screen now, and how to read it again. */
const shown = new Set<{ readonly key: string; readonly reload: () => void }>();

/**
 * Something was written: what is shown under these names is read again and stays until then, so that a pop-up above it
 * stays too; what is not shown is forgotten, and what is on its way. Without a name everything is forgotten, and what is
 * shown is read anew.
 */
export function forget(prefix = ""): void {
  const again = Array.from(shown).filter((one) => one.key.startsWith(prefix));
  kept.forEach(({ data }, key) => {
    if (!key.startsWith(prefix)) return;
    // What is on its way comes to one that is kept no more.
    if (prefix && again.some((one) => one.key === key)) kept.set(key, { data });
    else kept.delete(key);
  });
  again.forEach(({ reload }) => reload());
}

/** Ask, or wait for who has asked. What comes is kept, also when nobody waits any more, unless it was forgotten meanwhile. */
function ask(key: string, read: () => Promise<unknown>): Promise<void> {
  const one = kept.get(key) ?? {};
  kept.set(key, one);
  return (one.coming ??= read()
    .then((data) => {
      one.data = data;
      one.fresh = true;
    })
    .finally(() => {
      one.coming = undefined;
    }));
}

/**
 * Read under a name (`grants/<id>`); an empty name reads nothing yet. What is kept is asked for again; where `again` is false, only if
 * something was written since.
 */
export function useLoad<T>(name: string, read: () => Promise<T>, { again: anew = true } = {}): Loaded<T> {
  const spoken = useLanguage();
  const key = name && `${name}#${spoken}`;
  const [state, set] = useState<{ key: string; problem?: Problem | undefined; loading: boolean }>({ key, loading: true });
  const [round, again] = useState(0);
  const reload = useCallback(() => again((n) => n + 1), []);
  useEffect(() => {
    if (!key) return undefined;
    let left = false;
    const one = { key, reload };
    const end = (error?: unknown): void => {
      const problem = error === undefined || error instanceof Problem ? error : new Problem(0, {});
      if (!left) set({ key, loading: false, problem });
    };
    shown.add(one);
    if (!anew && kept.get(key)?.fresh) end();
    else {
      set({ key, loading: true });
      ask(key, read).then(() => end(), end);
    }
    return () => {
      left = true;
      shown.delete(one);
    };
  }, [key, round]);
  const { problem, loading } = state.key === key ? state : { problem: undefined, loading: true };
  return { data: kept.get(key)?.data as T | undefined, problem, loading, reload };
}
