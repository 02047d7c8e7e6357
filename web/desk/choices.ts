/** How this desk is set up: kept in the browser, tells nothing of a person. */
import { useEffect, useState } from "preact/hooks";
import { STATIONS, type Station } from "../shared/device/device";

export interface Choices {
  /** As the board shows and speaks it: `2号台`. */
  readonly desk: string;
  /** Served here, of those that the device is enrolled for. */
  readonly stations: readonly Station[];
  readonly sound: boolean;
  /** Print a slip for each ticket without asking. */
  readonly printsSlips: boolean;
}

const KEPT = "vaxcert.desk";
const PLAIN: Choices = { desk: "1号台", stations: STATIONS, sound: true, printsSlips: false };
const listeners = new Set<() => void>();
let current: Choices = read();

function read(): Choices {
  try {
    return { ...PLAIN, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Choices>) };
  } catch {
    return PLAIN;
  }
}

export const choices = (): Choices => current;

export function choose(change: Partial<Choices>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEPT, JSON.stringify(current));
  } catch {
    // It holds until the page is left.
  }
  listeners.forEach((tell) => tell());
}

export function useChoices(): Choices {
  const [, render] = useState(0);
  useEffect(() => {
    const tell = (): void => render((n) => n + 1);
    listeners.add(tell);
    return () => {
      listeners.delete(tell);
    };
  }, []);
  return current;
}
