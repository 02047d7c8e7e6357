/** What the desk means to do once: the same thing again after a lost answer goes out under the same Idempotency-Key. */
import { Intention } from "../shared/api/intention";
import { Problem } from "../shared/api/problem";
import { line } from "../shared/device/line";

const intentions = new Map<string, Intention>();

/**
 * Do `what` by `body`, and once more if its answer was lost. The key stays until an answer has come, so that a second press, or the
 * same code held to the scanner again, is the same request. Throws Problem.
 */
export async function meant<T>(what: string, body: unknown, act: (key: string) => Promise<T>): Promise<T> {
  const intention = intentions.get(what) ?? new Intention();
  intentions.set(what, intention);
  const key = intention.keyFor(body);
  const answer = await act(key).catch((error: unknown) => {
    if (!unsure(error) || line().device === "refused") throw error;
    return act(key);
  });
  intentions.delete(what);
  return answer;
}

/** Whether it may have been done all the same: the answer was lost, or a gateway did not wait for it. */
export const unsure = (error: unknown): boolean => error instanceof Problem && (error.code === "connection_cut" || error.status >= 500);
