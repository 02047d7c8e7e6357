/** This browser's device as a page uses it. */
import { useEffect, useState } from "preact/hooks";
import { connect, useLine } from "./line";
import { forgetDevice, loadDevice, type Device } from "./device";

export type Stage =
  | { readonly is: "loading" }
  | { readonly is: "enrolling"; readonly device: Device | undefined }
  | { readonly is: "refused"; readonly device: Device }
  | { readonly is: "working"; readonly device: Device };

const STARTED = "vaxcert.device.started";

export interface Using {
  readonly stage: Stage;
  readonly made: (device: Device | undefined) => void;
  readonly begin: (device: Device) => void;
  readonly anew: () => void;
}

export function useDevice(): Using {
  const [device, set] = useState<Device>();
  const [loaded, load] = useState(false);
  const [started, start] = useState(false);
  const line = useLine();
  useEffect(() => {
    loadDevice().then(
      (found) => {
        set(found);
        if (found) connect(found);
        start(found !== undefined && (found.root !== undefined || localStorage.getItem(STARTED) === found.enrolment.device_id));
        load(true);
      },
      () => load(true),
    );
  }, []);
  const begin = (as: Device): void => {
    connect(as);
    localStorage.setItem(STARTED, as.enrolment.device_id);
    set(as);
    start(true);
  };
  const anew = (): void => {
    void forgetDevice().then(() => {
      set(undefined);
      start(false);
    });
  };
  const stage: Stage = !loaded ? { is: "loading" } : !device || !started ? { is: "enrolling", device } : line.device === "refused" ? { is: "refused", device } : { is: "working", device };
  return { stage, made: set, begin, anew };
}
