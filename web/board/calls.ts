/** What the board shows of a queue, and which calls are new: pure. */
import type { Answer } from "../shared/api/client";

export type Ticket = Answer<"/v1/clinics/{clinic_code}/queue">["tickets"][number];

export interface Shown {
  /** The newest call first. */
  readonly called: readonly Ticket[];
  readonly registration: readonly Ticket[];
  readonly vaccination: readonly Ticket[];
  readonly observing: readonly Ticket[];
}

export function shownOf(tickets: readonly Ticket[]): Shown {
  const waits = (state: string): readonly Ticket[] => tickets.filter((ticket) => ticket.state === state && !ticket.called_at);
  return {
    called: tickets.filter((ticket) => ticket.called_at && ticket.desk).sort((one, other) => (other.called_at ?? "").localeCompare(one.called_at ?? "")),
    registration: waits("waiting_registration"),
    vaccination: waits("waiting_vaccination"),
    observing: tickets.filter((ticket) => ticket.state === "observing"),
  };
}

/** A call is one ticket at one moment: calling again is a call of its own. */
const markOf = (ticket: Ticket): string => `${ticket.visit_id} ${ticket.called_at ?? ""}`;

/** Calls that were not there before, oldest first, and all marks to compare with next time. Before the first look nothing is new. */
export function newCalls(called: readonly Ticket[], known: ReadonlySet<string> | undefined): { readonly fresh: readonly Ticket[]; readonly known: ReadonlySet<string> } {
  const marks = new Set(called.map(markOf));
  const fresh = known ? called.filter((ticket) => !known.has(markOf(ticket))).reverse() : [];
  return { fresh, known: marks };
}

const DIGITS = "零一二三四五六七八九";

/** A ticket as it is spoken: digit by digit, since `A012` read as a number is misheard. */
export function spoken(ticket: string): string {
  return Array.from(ticket, (letter) => (/\d/.test(letter) ? DIGITS.charAt(Number(letter)) : letter)).join(" ");
}
