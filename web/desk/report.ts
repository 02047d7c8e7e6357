/** What a station reports and how: outcomes, calls, each under a key of its own that a repeated press keeps. */
import type { Answer, Options } from "../shared/api/client";
import { ask } from "../shared/device/line";
import { meant } from "./meant";

export type Report = NonNullable<Options<"/v1/visits/{visit_id}/outcomes", "post">["body"]>;
/** The visit after it, and what to say. */
export type Told = Answer<"/v1/visits/{visit_id}/outcomes", "post">;
export type Ticket = Answer<"/v1/clinics/{clinic_code}/queue">["tickets"][number];
export type Vaccine = Answer<"/v1/vaccines">["vaccines"][number];

export function report(visitId: string, body: Report): Promise<Told> {
  return meant(`outcome/${visitId}`, body, (key) => ask("post", "/v1/visits/{visit_id}/outcomes", { path: { visit_id: visitId }, body, key }));
}

export function callTicket(visitId: string, station: "registration" | "vaccination", desk: string): Promise<Told> {
  const body = { station, desk };
  return meant(`call/${visitId}`, body, (key) => ask("post", "/v1/visits/{visit_id}/calls", { path: { visit_id: visitId }, body, key }));
}
