/** The rules of a code that renews itself (D8): how long it counts, when the next one is fetched, how failures are waited for. */

export interface Shown {
  readonly picture: string;
  /** By this phone's clock, in milliseconds, so that a wrong clock does no harm. */
  readonly from: number;
  readonly until: number;
  readonly renewAt: number;
}

export interface CodeAnswer {
  readonly svg: string;
  readonly expires_at: string;
  readonly refresh_after: number;
}

/** A code just received at `now`, when the service's clock said `service`. */
export function shownFrom(answer: CodeAnswer, now: number, service: number): Shown {
  const told = Date.parse(answer.expires_at) - service;
  const renew = answer.refresh_after * 1000;
  // Without a clock to trust (no Date in the answer, a phone that is wrong) a code counts at least until it is renewed.
  const lives = told > 0 && told <= 20 * renew ? told : renew;
  return { picture: `data:image/svg+xml,${encodeURIComponent(answer.svg)}`, from: now, until: now + lives, renewAt: now + Math.min(renew, lives) };
}

/** Whole seconds that a code still counts, never less than 0. */
export const secondsLeft = (code: Shown, now: number): number => Math.max(0, Math.ceil((code.until - now) / 1000));

/** The part of its life that is left, from 1 to 0. */
export const partLeft = (code: Shown, now: number): number => Math.min(1, Math.max(0, (code.until - now) / (code.until - code.from)));

/** Seconds to wait after so many failures in a row. */
export const waitAfter = (failures: number, asked: number | undefined): number => asked ?? Math.min(20, 2 ** failures);
