/** What a station reports and how: outcomes, calls, each under a key of its own that a repeated press keeps. */
import type { Answer, Options } from "../shared/api/client";
import { Intention } from "../shared/api/intention";
import { ask } from "../shared/device/line";

export type Report = NonNullable<Options<"/v1/visits/{visit_id}/outcomes", "post">["body"]>;
/** The visit after it, and what to say. */
export type Told = Answer<"/v1/visits/{visit_id}/outcomes", "post">;
export type Ticket = Answer<"/v1/clinics/{clinic_code}/queue">["tickets"][number];
export type Vaccine = Answer<"/v1/vaccines">["vaccines"][number];

const intentions = new Map<string, Intention>();

/** One intention for each thing that is meant: a second press after a lost answer is the same press. */
async function meant<T>(what: string, body: unknown, act: (key: string) => Promise<T>): Promise<T> {
  const intention = intentions.get(what) ?? new Intention();
  intentions.set(what, intention);
  const answer = await act(intention.keyFor(body));
  intentions.delete(what);
  return answer;
}

export function report(visitId: string, body: Report): Promise<Told> {
  return meant(`outcome/${visitId}`, body, (key) => ask("post", "/v1/visits/{visit_id}/outcomes", { path: { visit_id: visitId }, body, key }));
}

export function callTicket(visitId: string, station: "registration" | "vaccination", desk: string): Promise<Told> {
  const body = { station, desk };
  return meant(`call/${visitId}`, body, (key) => ask("post", "/v1/visits/{visit_id}/calls", { path: { visit_id: visitId }, body, key }));
}
