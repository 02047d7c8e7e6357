/** The clinics of the pilot, read once while the tab is open. */
import { get, type Answer } from "../shared/api/client";

export type Clinic = Answer<"/v1/clinics">["clinics"][number];

export const CLINICS = "clinics";

export async function allClinics(): Promise<readonly Clinic[]> {
  let found: readonly Clinic[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await get("/v1/clinics", { query: cursor ? { cursor } : {} });
    found = found.concat(page.clinics);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}
