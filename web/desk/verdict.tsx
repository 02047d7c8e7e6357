/** The verdict: large, by colour, drawing, word and sound together, and read out to whoever cannot see it. */
import { Icon, type IconName } from "../shared/ui/icon";
import type { Shown } from "./scan";
import type { Tone } from "../shared/ui/sound";
import { w } from "./words";

const ICONS: Record<Tone, IconName> = { good: "good", bad: "close", warn: "warn", info: "info" };

export function toneWord(tone: Tone): string {
  return { good: w().accepted, bad: w().refused, warn: w().attention, info: w().noted }[tone];
}

export function VerdictCard({ shown }: { shown: Shown }) {
  return (
    <section class={`verdict verdict-${shown.tone}`} data-verdict={shown.tone} data-station={shown.station}>
      <div class="verdict-mark">
        <Icon name={ICONS[shown.tone]} size={64} />
        <span>{toneWord(shown.tone)}</span>
      </div>
      <div class="verdict-words">
        <h2>{shown.title}</h2>
        <p class="verdict-next">{shown.next}</p>
        {shown.family && shown.tone === "bad" && (
          <p>
            {w().forFamily}
            {shown.family.title}；{shown.family.next_step}
          </p>
        )}
      </div>
      {shown.visit && shown.accepted && <div class="verdict-ticket">{shown.visit.ticket}</div>}
      {shown.paper && <div class="verdict-ticket verdict-paper">{shown.paper}</div>}
    </section>
  );
}
