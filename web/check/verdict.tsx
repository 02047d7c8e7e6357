/** The verdict: large, by colour, drawing, word and sound together. */
import { Icon, type IconName } from "../shared/ui/icon";
import type { Tone } from "../shared/ui/sound";
import type { Verdict } from "./judge";
import { nextOf, titleOf, toneOf } from "./told";
import { w } from "./words";

const ICONS: Readonly<Record<Tone, IconName>> = { good: "good", bad: "close", warn: "warn", info: "info" };

const toneWord = (tone: Tone): string => ({ good: w().toneGood, bad: w().toneBad, warn: w().toneWarn, info: w().toneInfo })[tone];

export function VerdictCard({ verdict }: { verdict: Verdict }) {
  const tone = toneOf(verdict.outcome);
  return (
    <section class={`verdict verdict-${tone}`} data-verdict={tone} data-outcome={verdict.outcome}>
      <div class="verdict-mark">
        <Icon name={ICONS[tone]} size={56} />
        <span>{toneWord(tone)}</span>
      </div>
      <div class="verdict-words">
        <h2>{titleOf(verdict.outcome)}</h2>
        <p>{nextOf(verdict)}</p>
      </div>
    </section>
  );
}
