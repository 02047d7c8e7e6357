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

/** `old`: something was written since it was read. */
const kept = new Map<string, { readonly data: unknown; readonly old: boolean }>();
/** What is on its way: asked for once, however many wait for it. */
const asked = new Map<string, Promise<void>>();
/** What is on the screen now: name and how to read it again. */
const shown = new Set<{ readonly name: string; readonly reload: () => void }>();

/**
 * Something was written: what is shown under these names is read again and stays until then, so that a pop-up above it
 * stays too; what is not shown is forgotten, and what is on its way. Without a name everything is forgotten, and what is
 * shown is read anew.
 */
export function forget(prefix = ""): void {
  const again = Array.from(shown).filter(({ name }) => name.startsWith(prefix));
  const of = (key: string): boolean => key.startsWith(prefix);
  Array.from(asked.keys()).filter(of).forEach((key) => asked.delete(key));
  for (const [key, { data }] of Array.from(kept).filter(([key]) => of(key))) {
    if (prefix && again.some(({ name }) => key.startsWith(`${name}#`))) kept.set(key, { data, old: true });
    else kept.delete(key);
  }
  again.forEach(({ reload }) => reload());
}

/** Ask, or wait for who has asked. What comes is kept, also when nobody waits any more, unless it was forgotten meanwhile. */
function ask<T>(key: string, read: () => Promise<T>): Promise<void> {
  const before = asked.get(key);
  if (before) return before;
  const now: Promise<void> = read()
    .then((data) => {
      if (asked.get(key) === now) kept.set(key, { data, old: false });
    })
    .finally(() => {
      if (asked.get(key) === now) asked.delete(key);
    });
  asked.set(key, now);
  return now;
}

/**
 * Read under a name (`grants/<id>`); an empty name reads nothing yet. What is kept is asked for again; where `again` is false, only if
 * something was written since.
 */
export function useLoad<T>(name: string, read: () => Promise<T>, { again: anew = true } = {}): Loaded<T> {
  const spoken = useLanguage();
  const key = name && `${name}#${spoken}`;
  const [state, set] = useState<{ key: string; problem?: Problem; loading: boolean }>({ key, loading: true });
  const [round, again] = useState(0);
  const reload = useCallback(() => again((n) => n + 1), []);
  useEffect(() => {
    if (!name) return undefined;
    const one = { name, reload };
    shown.add(one);
    return () => {
      shown.delete(one);
    };
  }, [name]);
  useEffect(() => {
    if (!key) return undefined;
    if (!anew && kept.get(key)?.old === false) {
      set({ key, loading: false });
      return undefined;
    }
    let left = false;
    set({ key, loading: true });
    ask(key, read).then(
      () => {
        if (!left) set({ key, loading: false });
      },
      (error: unknown) => {
        if (!left) set({ key, loading: false, problem: error instanceof Problem ? error : new Problem(0, {}) });
      },
    );
    return () => {
      left = true;
    };
  }, [key, round]);
  const current = state.key === key ? state : { loading: true };
  return { data: kept.get(key)?.data as T | undefined, problem: "problem" in current ? current.problem : undefined, loading: current.loading, reload };
}
