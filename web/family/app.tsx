/** The family's pages: who is not verified is taken in first, everybody else sees the screen of the address. */
import { useEffect, useState } from "preact/hooks";
import { whenStale } from "../shared/api/client";
import { Problem, unreachable } from "../shared/api/problem";
import { usePlace } from "../shared/router";
import { endSession, useSession } from "../shared/session";
import { ErrorBox, Skeleton } from "../shared/ui/parts";
import { Screen } from "../shared/ui/screen";
import { Toasts } from "../shared/ui/toast";
import { useLanguage } from "../shared/words";
import type { Returned } from "./entry";
import { load, loadOthers, screen } from "./screens";
import { Welcome } from "./welcome";
import { service } from "./words";

/** Screens that everybody may read. */
const OPEN = new Set(["faq"]);

export function App({ returned }: { returned: Returned }) {
  const spoken = useLanguage();
  const open = useSession();
  const at = usePlace();
  const [lapsed, lapse] = useState(false);
  // A return from the platform counts once: who signs out later is not taken back to it.
  const [way, goOn] = useState(returned);
  // The session that was open when one came back is not what one came back with: the return is exchanged, or told, first.
  const [before] = useState(open);

  useEffect(() => {
    whenStale((problem) => {
      if (problem.status !== 401) return;
      lapse(true);
      endSession();
    });
  }, []);
  useEffect(() => {
    if (!open) return;
    lapse(false);
    if (open !== before) goOn("none");
    loadOthers();
  }, [open]);

  return (
    <div key={spoken} class="frame">
      {(open && way === "none") || OPEN.has(at.screen) ? (
        <Current name={at.screen} params={at.params} />
      ) : (
        <Welcome returned={way} lapsed={lapsed} {...(open ? { onLeave: () => goOn("none") } : {})} />
      )}
      <Toasts />
    </div>
  );
}

function Current({ name, params }: { name: string; params: Readonly<Record<string, string>> }) {
  const [, render] = useState(0);
  const [problem, fail] = useState<Problem>();
  const Found = screen(name);
  const fetchIt = (): void => {
    fail(undefined);
    load(name).then(
      () => render((n) => n + 1),
      () => fail(unreachable(false)),
    );
  };
  useEffect(() => {
    if (!Found) fetchIt();
  }, [name]);
  if (Found) return <Found key={name} params={params} />;
  return <Screen title={service().name}>{problem ? <ErrorBox problem={problem} onRetry={fetchIt} /> : <Skeleton />}</Screen>;
}
