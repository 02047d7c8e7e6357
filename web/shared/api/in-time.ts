import { unreachable } from "./problem";

const PATIENCE_MS = 15_000;

/** An answer that does not come in time is none: nobody at a counter waits longer. A write may have been done all the same. */
export function inTime<T>(answer: Promise<T>, wrote: boolean, patienceMs = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(unreachable(wrote)), patienceMs);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
