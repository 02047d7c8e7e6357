/** The rules of a clinic's open slots as families choose among them. */
import { today } from "../shared/dates";

export interface Slot {
  readonly slot_id: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly remaining: number;
}

export interface DayOf {
  readonly date: string;
  readonly left: number;
  readonly slots: readonly Slot[];
}

/** A slot's day in Shanghai, wherever the phone is. */
export const dateOf = (at: string): string => today(Date.parse(at));

/** Slots by day, in order, with what is left of each day. */
export function days(slots: readonly Slot[]): readonly DayOf[] {
  const found: { date: string; left: number; slots: Slot[] }[] = [];
  for (const slot of slots) {
    const date = dateOf(slot.starts_at);
    let one = found.find((each) => each.date === date);
    if (!one) found.push((one = { date, left: 0, slots: [] }));
    one.slots.push(slot);
    one.left += slot.remaining;
  }
  return found;
}

/** The day to show first: the chosen one while it is offered, else the first with something left. */
export function dayShown(offered: readonly DayOf[], chosen: string | undefined): DayOf | undefined {
  return offered.find((one) => one.date === chosen) ?? offered.find((one) => one.left > 0) ?? offered[0];
}

/** Days after a day, `YYYY-MM-DD`. */
export function later(date: string, n: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10);
}
