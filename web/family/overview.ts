/** The three lists, which most screens look at as well: to whom a certificate belongs, and what the caller is to it. */
import { get, type Answer } from "../shared/api/client";
import { useLoad, type Loaded } from "../shared/api/load";

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
