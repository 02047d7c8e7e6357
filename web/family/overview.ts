/** The three lists, which most screens look at as well: to whom a certificate belongs, and what the caller is to it. */
import { get, type Answer } from "../shared/api/client";
import { useLoad, type Loaded } from "../shared/api/load";
import { words } from "../shared/words";

export type Overview = Answer<"/v1/certificates">;
export type Certificate = Overview["claimed"][number];
export type Person = Overview["claimable"][number];

export const OVERVIEW = "overview";

export const useOverview = (): Loaded<Overview> => useLoad(OVERVIEW, () => get("/v1/certificates"));

/** The certificate that a screen is about, from the lists as they were read last: a name belongs on every screen, another reading does not. */
export function useCertificate(id: string | undefined): { certificate: Certificate; mine: boolean } | undefined {
  return find(useLoad(OVERVIEW, () => get("/v1/certificates"), { again: false }).data, id);
}

/** A certificate of the lists, and whether the caller claimed it or is authorised for it. */
export function find(overview: Overview | undefined, id: string | undefined): { certificate: Certificate; mine: boolean } | undefined {
  const claimed = overview?.claimed.find((one) => one.certificate_id === id);
  if (claimed) return { certificate: claimed, mine: true };
  const authorized = overview?.authorized.find((one) => one.certificate_id === id);
  return authorized && { certificate: authorized, mine: false };
}

const w = words({ ends: (tail: string) => `（证件尾号${tail}）` }, { ends: (tail: string) => ` (ID …${tail})` });

/** What stands behind the name of somebody who shares a birth date with another of the lists: twins differ in name and number alone. */
export function apart(overview: Overview, one: Pick<Certificate, "record_id" | "birth_date" | "id_no">): string {
  const all = [...overview.claimable, ...overview.claimed, ...overview.authorized];
  const twin = all.some((other) => other.birth_date === one.birth_date && other.record_id !== one.record_id);
  return twin && one.id_no ? w().ends(one.id_no.slice(-2)) : "";
}
