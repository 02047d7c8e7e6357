/**
 * A reminder is registered with the platform, which sends the messages: people go there with the opaque `reminder_id` and come
 * back with what became of it. Nothing personal stands in an address, and a return that did not start here tells nothing.
 */
import { go, place, type Place } from "../shared/router";
import { settings } from "../shared/settings";
import { toPlatform } from "./entry";

const KEPT = "vaxcert.subscribing";

/** Whether the platform has a page for it. */
export const offered = (): boolean => settings.platform_reminder_url !== "";

/** Go there; comes back to where one is. */
export function tellPlatform(reminder_id: string, on: boolean): void {
  sessionStorage.setItem(KEPT, JSON.stringify(place()));
  toPlatform(settings.platform_reminder_url, { reminder_id, action: on ? "subscribe" : "unsubscribe" });
}

/** What the platform brought back (`subscribed`, `unsubscribed`, `declined`), taken out of the address at once and told to the screen. */
export function comeBackSubscribed(search: string = location.search): void {
  const told = new URLSearchParams(search).get("reminder");
  if (told === null) return;
  history.replaceState(null, "", location.pathname);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Place | null;
  sessionStorage.removeItem(KEPT);
  if (kept) go(kept.screen, { ...kept.params, told }, { replace: true });
}
