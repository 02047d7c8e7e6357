/**
 * Entering through the platform (苏服办, R11-R15): a challenge is fetched, its nonce goes there and comes back with a
 * one-time code. No number, name or phone stands in an address, and a return is taken only with the nonce kept here.
 */
import { call } from "../shared/api/client";
import { forget } from "../shared/api/load";
import { go, place, type Place } from "../shared/router";
import { openSession } from "../shared/session";
import { settings } from "../shared/settings";

const KEPT = "vaxcert.entering";

interface Entering {
  readonly nonce: string;
  /** Where to go on. */
  readonly place: Place;
}

/** How a return from the platform ended. */
export type Returned = "none" | "cancelled" | "failed" | "foreign" | { readonly code: string; readonly entering: Entering };

/** Go to the platform; comes back to this very page, and there to `to`. Raises Problem if no challenge can be had. */
export async function enter(to: Place = place()): Promise<void> {
  const { nonce } = await call("post", "/v1/challenges", { body: { purpose: "enter" } });
  const entering: Entering = { nonce, place: to };
  sessionStorage.setItem(KEPT, JSON.stringify(entering));
  toPlatform(settings.platform_entry_url, { nonce });
}

/** Leave for a page of the platform, which comes back to this very page. */
export function toPlatform(address: string, told: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams({ ...told, return: location.origin + location.pathname });
  location.assign(`${address}${address.includes("?") ? "&" : "?"}${String(query)}`);
}

/** What the platform brought back, taken out of the address at once. */
export function comeBack(search: string = location.search): Returned {
  const given = new URLSearchParams(search);
  const [code, nonce, error] = [given.get("entry_code"), given.get("nonce"), given.get("entry_error")];
  if (code === null && error === null) return "none";
  history.replaceState(null, "", location.pathname);
  const entering = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Entering | null;
  sessionStorage.removeItem(KEPT);
  if (error !== null) return error === "cancelled" ? "cancelled" : "failed";
  return code && entering && nonce === entering.nonce ? { code, entering } : "foreign";
}

/** Exchange the code for a session, and go on where one was. Raises Problem. */
export async function finish(code: string, { nonce, place: to }: Entering): Promise<void> {
  const opened = await call("post", "/v1/sessions", { body: { entry_code: code, nonce } });
  forget();
  openSession({ ...opened, verified: Date.now() });
  go(to.screen, to.params, { replace: true });
}
