/** How a verdict is told: its tone, its words, and what a document says in one line. */
import { today } from "../shared/dates";
import { settings } from "../shared/settings";
import type { Tone } from "../shared/ui/sound";
import { language } from "../shared/words";
import type { Outcome, Verdict } from "./judge";
import type { Missing, Paper } from "./paper";
import { nameOf } from "./vaccines";
import { w } from "./words";

const GOOD: readonly Outcome[] = ["current"];
const BAD: readonly Outcome[] = ["withdrawn", "unknown", "altered", "foreign_key", "killed_key"];
const HINTS: readonly Outcome[] = ["asking", "visit_code", "box", "address", "other", "no_code", "no_picture"];

export function toneOf(outcome: Outcome): Tone {
  if (GOOD.includes(outcome)) return "good";
  if (BAD.includes(outcome)) return "bad";
  return HINTS.includes(outcome) ? "info" : "warn";
}

export const titleOf = (outcome: Outcome): string => w()[outcome];

/** What to do next. */
export function nextOf({ outcome, said }: Verdict): string {
  const next = w()[`${outcome}_next`];
  return [said, typeof next === "string" ? next : next(settings.hotline)].filter(Boolean).join(language() === "zh" ? "" : " ");
}

/** Doses that have to be caught up, vaccine by vaccine. */
export function missingOf(missing: readonly Missing[]): readonly (readonly [vaccine: string, doses: string])[] {
  const courses = new Map<string, string[]>();
  for (const { vaccine, doseNo } of missing) courses.set(vaccine, [...(courses.get(vaccine) ?? []), w().nth(doseNo)]);
  return Array.from(courses, ([vaccine, doses]) => [nameOf(vaccine), doses.join(language() === "zh" ? "、" : ", ")] as const);
}

/** What a list has of a document. */
export function inBrief(paper: Paper): string {
  if (paper.kind === "record") return `${w().record}，${w().doseCount(paper.count)}`;
  if (paper.missing.length === 0) return w().complete;
  const named = missingOf(paper.missing).map(([vaccine, doses]) => `${vaccine} ${doses}`);
  return `${w().missing(paper.missing.length)}：${named.join("；")}`;
}

/** The day of Shanghai, as the paper has it. */
export const issuedOn = (paper: Paper): string => today(paper.issuedAt);
