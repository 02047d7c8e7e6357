/** The desk: a browser that is enrolled works; one that is not is enrolled first. */
import { Enrol, Refused } from "../shared/device/enrol";
import { authorized } from "../shared/device/line";
import { useDevice } from "../shared/device/use";
import { Skeleton } from "../shared/ui/parts";
import { Toasts } from "../shared/ui/toast";
import { useLanguage } from "../shared/words";
import { Desk } from "./desk";

export function App() {
  const spoken = useLanguage();
  const { stage, made, begin, anew } = useDevice();
  return (
    <div key={spoken}>
      {stage.is === "loading" && <Skeleton />}
      {stage.is === "enrolling" && <Enrol device={stage.device} onChange={made} onDone={begin} />}
      {stage.is === "refused" && <Refused device={stage.device} onAgain={() => void authorized().catch(() => undefined)} onAnew={anew} />}
      {stage.is === "working" && <Desk device={stage.device} onDevice={begin} />}
      <Toasts />
    </div>
  );
}
