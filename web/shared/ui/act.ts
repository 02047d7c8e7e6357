/** Something that is done once at a time: busy while it runs, and what went wrong. */
import { useState } from "preact/hooks";
import { Problem } from "../api/problem";

export interface Act {
  readonly busy: boolean;
  readonly problem: Problem | undefined;
  /** Do it, unless it is being done. */
  readonly run: (act: () => Promise<void>) => void;
  readonly clear: () => void;
}

export function useAct(): Act {
  const [busy, work] = useState(false);
  const [problem, fail] = useState<Problem>();
  const run = (act: () => Promise<void>): void => {
    if (busy) return;
    work(true);
    fail(undefined);
    act()
      .catch((error: unknown) => fail(error instanceof Problem ? error : new Problem(0, {})))
      .then(() => work(false), () => undefined);
  };
  return { busy, problem, run, clear: () => fail(undefined) };
}
