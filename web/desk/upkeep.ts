/** What a desk does by itself: keeps its token and its offline pack fresh, hands scans in, notices a newer page. */
import { useEffect, useState } from "preact/hooks";
import type { Device } from "../shared/device/device";
import { authorized, line, ping, reach } from "../shared/device/line";
import { handIn, refreshPack, restore } from "./offline";
import { restorePapers } from "./paper";

const ROUND_MS = 5000;
/** Rounds between two looks at the pack and at the page: ten minutes. */
const SELDOM = 120;

/** Whether a newer page is served than the one that is shown. */
export function useUpkeep(device: Device): boolean {
  const [newer, set] = useState(false);
  useEffect(() => {
    let left = false;
    let round = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keepUp = async (): Promise<void> => {
      if (line().network === "bad") await ping();
      if (line().network !== "bad") {
        await authorized();
        await handIn();
        if (round % SELDOM === 0) {
          await refreshPack(device);
          set(await isNewer());
        }
        round += 1;
      }
    };
    const again = (): void => {
      if (left) return;
      keepUp()
        .catch(() => undefined)
        .then(
          () => {
            if (!left) timer = setTimeout(again, ROUND_MS);
          },
          () => undefined,
        );
    };
    const hurry = (): void => {
      if (timer) clearTimeout(timer);
      void ping().then(again);
    };
    void Promise.all([restore(device), restorePapers()])
      .catch(() => undefined)
      .then(again);
    window.addEventListener("online", hurry);
    return () => {
      left = true;
      window.removeEventListener("online", hurry);
      if (timer) clearTimeout(timer);
    };
  }, [device.enrolment.device_id, device.root?.kid]);
  return newer;
}

/** The page names its script by a hash: another name is another page. */
async function isNewer(): Promise<boolean> {
  const mine = document.querySelector<HTMLScriptElement>("script[type=module]")?.src.split("/").pop();
  const html = await (await reach("./")).text();
  return mine !== undefined && html.includes("<script") && !html.includes(mine);
}
