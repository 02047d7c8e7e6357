/** The waiting room's screen: enrolled like a desk, for no station. */
import { Enrol, Refused } from "../shared/device/enrol";
import { authorized } from "../shared/device/line";
import { useDevice } from "../shared/device/use";
import { Skeleton } from "../shared/ui/parts";
import { Toasts } from "../shared/ui/toast";
import { useLanguage } from "../shared/words";
import { Board } from "./board";

export function App() {
  const spoken = useLanguage();
  const { stage, made, begin, anew } = useDevice();
  return (
    <div key={spoken}>
      {stage.is === "loading" && <Skeleton />}
      {stage.is === "enrolling" && <Enrol board device={stage.device} onChange={made} onDone={begin} />}
      {stage.is === "refused" && <Refused device={stage.device} onAgain={() => void authorized().catch(() => undefined)} onAnew={anew} />}
      {stage.is === "working" && <Board device={stage.device} />}
      <Toasts />
    </div>
  );
}
