/** The service's clock, learnt from the `Date` of its answers: a phone's own may be wrong. */

/** Milliseconds by which the service is ahead of this phone; unknown until it has answered. */
let ahead: number | undefined;

/** Take note of an answer's `Date`. */
export function learn(date: string | null, now = Date.now()): void {
  const told = Date.parse(date ?? "");
  if (!isNaN(told)) ahead = told - now;
}

/** Now, by the service's clock as far as it is known. */
export const serverNow = (now = Date.now()): number => now + (ahead ?? 0);

/** Whole minutes by which this phone's clock is wrong; 0 where it agrees to within half a minute. */
export const minutesOff = (): number => (Math.abs(ahead ?? 0) > 30_000 ? Math.ceil(Math.abs(ahead ?? 0) / 60_000) : 0);
