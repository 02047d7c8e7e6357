/**
 * Screens by name, in the address's fragment: `#/records`. What a screen is about (the opaque ids of a certificate or a
 * clinic) never stands in an address: it is kept for the tab, in sessionStorage, and the history holds its number only.
 */
import { useEffect, useState } from "preact/hooks";

export type Params = Readonly<Record<string, string>>;

export interface Place {
  readonly screen: string;
  readonly params: Params;
}

const KEPT = "vaxcert.places";
const listeners = new Set<() => void>();

/** What the history holds: the number of a place, and whether going back from it would leave the pages. */
interface Entry {
  readonly n: number;
  readonly first: boolean;
}

function places(): Params[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as Params[];
  } catch {
    return [];
  }
}

const entry = (): Entry | null => history.state as Entry | null;

/** Where one is. A place whose params are gone (another tab, after signing out) is the first screen. */
export function place(): Place {
  const screen = /^#\/([a-z-]+)$/.exec(location.hash)?.[1] ?? "home";
  const at = entry();
  return { screen, params: (at && places()[at.n]) ?? {} };
}

/** Go to a screen. `replace` leaves no way back to the one before. */
export function go(screen: string, params: Params = {}, { replace = false } = {}): void {
  const kept = places();
  const at = entry();
  // Behind a page of the platform the history goes on; numbers that stand before it are not used again.
  const n = at ? at.n + (replace ? 0 : 1) : kept.length;
  kept.length = n;
  kept[n] = params;
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const next: Entry = { n, first: replace ? (at?.first ?? true) : false };
  if (replace) history.replaceState(next, "", `#/${screen}`);
  else history.pushState(next, "", `#/${screen}`);
  tell();
}

/** One step back, or to the first screen where this tab has none before. */
export function back(): void {
  if (entry()?.first === false) history.back();
  else go("home", {}, { replace: true });
}

function tell(): void {
  listeners.forEach((listener) => listener());
}

window.addEventListener("popstate", tell);
window.addEventListener("hashchange", tell);

/** The current place; renders again when it changes. */
export function usePlace(): Place {
  const [at, set] = useState(place);
  useEffect(() => {
    const listen = (): void => set(place());
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
    };
  }, []);
  return at;
}
