/** What the page tells the platform that embeds it: a message to the window around it, of the platform's origin alone. docs/reminders.md. */
import { settings } from "../shared/settings";

export function tellPlatform(reminder: string | null, on: boolean): void {
  const link = document.createElement("a");
  link.href = settings.platform_entry_url;
  if (reminder && window.parent !== window) window.parent.postMessage({ type: "vaxcert.reminder", reminder_id: reminder, on }, link.origin);
}
