/**
 * Numbers on paper, given while the line is down: the order in which people came, and nothing else. They are no tickets: the service
 * never hears of them. Once the line is back, who still waits draws a ticket in this order (ADR 0008).
 */
import { useEffect, useState } from "preact/hooks";
import { today as todayOf } from "../shared/dates";
import { serviceNow } from "../shared/device/line";
import { keep, kept } from "../shared/device/store";

export interface Paper {
  /** With the desk's name, so that two desks never give the same: `1号台-03`. */
  readonly number: string;
  /** When, in milliseconds of the service's clock. */
  readonly at: number;
  /** Whether a genuine code was shown; else the person came without a phone. */
  readonly scanned: boolean;
}

interface Kept {
  readonly day: string;
  readonly last: number;
  readonly open: readonly Paper[];
}

const KEPT = "papers";
let state: Kept = { day: "", last: 0, open: [] };
const listeners = new Set<() => void>();

async function become(next: Kept): Promise<void> {
  state = next;
  listeners.forEach((tell) => tell());
  await keep("device", KEPT, next);
}

/** The numbers that nobody has dealt with yet, in their order. */
export function usePapers(): readonly Paper[] {
  const [, render] = useState(0);
  useEffect(() => {
    const tell = (): void => render((n) => n + 1);
    listeners.add(tell);
    return () => {
      listeners.delete(tell);
    };
  }, []);
  return state.open;
}

/** What is kept, as the page starts. */
export async function restorePapers(): Promise<void> {
  state = (await kept<Kept>("device", KEPT)) ?? state;
  listeners.forEach((tell) => tell());
}

/** Give the next number of this desk and day. It is kept before it is shown. */
export async function givePaper(desk: string, scanned: boolean): Promise<string> {
  const at = serviceNow();
  const day = todayOf(at);
  const last = (state.day === day ? state.last : 0) + 1;
  const number = `${desk}-${String(last).padStart(2, "0")}`;
  await become({ day, last, open: [...state.open, { number, at, scanned }] });
  return number;
}

/** Somebody has dealt with it: a ticket was drawn, or the person is done or gone. */
export const closePaper = (number: string): Promise<void> => become({ ...state, open: state.open.filter((paper) => paper.number !== number) });
