/** One scan: asked of the service, tried once more if its answer was lost, judged by the offline pack if there is no line. */
import { Problem } from "../shared/api/problem";
import { STATIONS, type Station } from "../shared/device/device";
import { ask } from "../shared/device/line";
import type { Finding } from "../shared/offline/verifier";
import type { Tone } from "../shared/ui/sound";
import { choices } from "./choices";
import { meant, unsure } from "./meant";
import { lookOffline, type Verdict } from "./offline";
import { givePaper } from "./paper";
import { w } from "./words";

export type Person = NonNullable<Verdict["person"]>;
export type Visit = NonNullable<Verdict["visit"]>;

/** A verdict as the nurse sees it. */
export interface Shown {
  readonly tone: Tone;
  /** Where the scan counted. */
  readonly station: Station;
  readonly title: string;
  readonly next: string;
  readonly family?: Verdict["family"];
  readonly visit?: Visit;
  readonly person?: Person;
  readonly accepted: boolean;
  /** Made without a line. */
  readonly offline?: boolean;
  /** The number on paper that was given for it. */
  readonly paper?: string;
}

const OFFLINE: Readonly<Record<Finding | "none", Tone>> = {
  "genuine but unconfirmed": "warn",
  stale: "warn",
  expired: "bad",
  "seen before": "bad",
  malformed: "bad",
  "malformed by the scanner's settings": "warn",
  unknown_key: "warn",
  bad_signature: "bad",
  none: "warn",
};

function wordsOf(finding: Finding | "none"): readonly [title: string, next: string] {
  const t = w();
  switch (finding) {
    case "genuine but unconfirmed":
      return [t.genuine, t.genuineNext];
    case "stale":
      return [t.stale, t.staleNext];
    case "expired":
      return [t.expired, t.expiredNext];
    case "seen before":
      return [t.seen, t.seenNext];
    case "malformed":
      return [t.malformed, t.malformedNext];
    case "malformed by the scanner's settings":
      return [t.settings, t.settingsNext];
    case "none":
      return [t.offlineBar, t.offlineNoPack];
    default:
      return [t[finding], t[`${finding}Next`]];
  }
}

/** Scan at a station; where the person is wanted at another station of this desk, there. */
export async function scan(code: string, station: Station, here: readonly Station[]): Promise<Shown> {
  try {
    const first = await online(code, station);
    const other = first.reason === "wrong_order" ? wanted(first, station, here) : undefined;
    if (!other) return shown(first, station);
    // A refused scan burns nothing: the same code counts at the right station.
    const second = await online(code, other);
    return second.result === "accepted" ? shown(second, other) : shown(first, station);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 0) return offline(code, station, unsure(error));
    const fault = error.status >= 500 || error.status === 429;
    return { tone: fault ? "warn" : "bad", station, title: error.title, next: fault ? w().serviceNext : error.detail, accepted: false };
  }
}

function wanted(verdict: Verdict, station: Station, here: readonly Station[]): Station | undefined {
  const there = (verdict.visit ? verdict.visit.station : "ticket") as Station | null | undefined;
  return there && there !== station && here.includes(there) && STATIONS.includes(there) ? there : undefined;
}

/** The same code at the same station is the same scan until it is answered, however often it is held up. */
const online = (code: string, station: Station): Promise<Verdict> => meant(`scan/${station}`, code, (key) => ask("post", "/v1/scans", { body: { code, station }, key }));

async function offline(code: string, station: Station, sent: boolean): Promise<Shown> {
  const finding = await lookOffline(code, station, sent);
  const [title, next] = wordsOf(finding);
  const paper = finding === "genuine but unconfirmed" && station === "ticket" ? await givePaper(choices().desk, true) : undefined;
  return { tone: OFFLINE[finding], station, title, next: paper ? w().genuineTicketNext : next, accepted: false, offline: true, ...(paper ? { paper } : {}) };
}

function shown(verdict: Verdict, station: Station): Shown {
  return {
    tone: verdict.result === "accepted" ? "good" : "bad",
    station,
    title: verdict.title,
    next: verdict.next_step,
    family: verdict.family,
    accepted: verdict.result === "accepted",
    ...(verdict.visit ? { visit: verdict.visit } : {}),
    ...(verdict.person ? { person: verdict.person } : {}),
  };
}
