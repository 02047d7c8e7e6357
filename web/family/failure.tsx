/** What went wrong on a family's screen; a verification that is too old leads through the platform and back to this place. */
import type { Problem } from "../shared/api/problem";
import { place } from "../shared/router";
import { useAct } from "../shared/ui/act";
import { Button, ErrorBox, Notice } from "../shared/ui/parts";
import { words } from "../shared/words";
import { enter } from "./entry";

const w = words(
  {
    title: "请重新验证身份",
    text: "申领、授权和注销前，需要刚刚完成的身份验证。验证后回到这里继续办理。",
    verify: "重新验证身份",
  },
  {
    title: "Please verify again",
    text: "Claiming, authorising and releasing need a verification that has just been made. You will come back here.",
    verify: "Verify again",
  },
);

export function Failure({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  if (problem.code === "verification_stale") return <Reverify />;
  return <ErrorBox problem={problem} {...(onRetry ? { onRetry } : {})} />;
}

/** Instead of a form that would be refused: nothing is typed in vain. */
export function Reverify() {
  const act = useAct();
  return (
    <div class="stack">
      <Notice tone="warn" title={w().title}>
        {w().text}
      </Notice>
      {act.problem && <ErrorBox problem={act.problem} />}
      <Button busy={act.busy} onClick={() => act.run(() => enter(place()))}>
        {w().verify}
      </Button>
    </div>
  );
}
