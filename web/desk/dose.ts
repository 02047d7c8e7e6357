/** One vaccine of a visit as it is typed and scanned in: pure, so that what a box says always lands in the same places. */
import type { Box } from "../shared/scan/box";

export type Site = "left_arm" | "right_arm" | "left_thigh" | "right_thigh" | "oral" | "other";
export const SITES: readonly Site[] = ["left_arm", "right_arm", "left_thigh", "right_thigh", "oral", "other"];
export const MOST_DOSES = 5;

export interface Draft {
  readonly vaccine: string;
  readonly batch: string;
  readonly trace: string;
  readonly expires: string;
  readonly site: Site | "";
  readonly doubtful: boolean;
}

export const EMPTY: Draft = { vaccine: "", batch: "", trace: "", expires: "", site: "", doubtful: false };

const NATIONAL = /^8\d{19}$/;

const isDone = (draft: Draft): boolean => draft.batch !== "" && draft.trace !== "";

/** The drafts after a box was scanned: it fills what is empty in the first that lacks it; a whole other box is another vaccine. */
export function withBox(drafts: readonly Draft[], box: Box): { readonly drafts: readonly Draft[]; readonly at: number } {
  if (box.traceCode) {
    const again = drafts.findIndex((draft) => draft.trace === box.traceCode);
    if (again >= 0) return { drafts, at: again };
  }
  // 药品追溯码 alone, after the symbol of the same box.
  let at = box.batch === undefined && NATIONAL.test(box.traceCode ?? "") ? drafts.findIndex((draft) => draft.trace !== "" && !NATIONAL.test(draft.trace)) : -1;
  if (at < 0) at = drafts.findIndex((draft) => !isDone(draft));
  const grown = at < 0 && drafts.length < MOST_DOSES ? [...drafts, EMPTY] : drafts;
  if (at < 0) at = grown.length - 1;
  return { drafts: grown.map((draft, n) => (n === at ? filled(draft, box) : draft)), at };
}

function filled(draft: Draft, box: Box): Draft {
  // 药品追溯码 counts before the serial of the symbol, whichever was read first.
  const trace = box.traceCode && (!NATIONAL.test(draft.trace) || NATIONAL.test(box.traceCode)) ? box.traceCode : draft.trace;
  return { ...draft, batch: box.batch ?? draft.batch, expires: box.expiresOn ?? draft.expires, trace, doubtful: box.batch ? box.doubtful === true : draft.doubtful };
}

/** What is still missing of a draft. */
export const missing = (draft: Draft): readonly ("vaccine" | "batch" | "trace" | "site")[] => (["vaccine", "batch", "trace", "site"] as const).filter((name) => !draft[name].trim());

export const isExpired = (draft: Draft, today: string): boolean => draft.expires !== "" && draft.expires < today;
