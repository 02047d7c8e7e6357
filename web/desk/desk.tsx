/** The desk's frame: who and where it is, what it shows, and what is wrong with it. */
import { useState } from "preact/hooks";
import type { Device } from "../shared/device/device";
import { useLine } from "../shared/device/line";
import { chooseLanguage, language } from "../shared/words";
import { useChecks, Faults, type ScannerState } from "./checks";
import { useChoices } from "./choices";
import { Booked, Today } from "./day";
import { Setup } from "./setup";
import { useUpkeep } from "./upkeep";
import { useOffline } from "./offline";
import { w } from "./words";
import { Work } from "./work";

type View = "work" | "today" | "booked" | "setup";

export function Desk({ device, onDevice }: { device: Device; onDevice: (device: Device) => void }) {
  const [view, show] = useState<View>("work");
  const [scanner, setScanner] = useState<ScannerState>("none");
  const line = useLine();
  const { waiting } = useOffline();
  const chosen = useChoices();
  const newer = useUpkeep(device);
  const checks = useChecks(device, scanner, newer);
  const enrolled = line.enrolledFor?.stations ?? device.enrolment.stations;
  const clinic = line.enrolledFor?.clinic ?? device.enrolment.clinic_code;
  const here = enrolled.filter((station) => chosen.stations.includes(station));
  const stations = here.length ? here : enrolled;
  const books = enrolled.includes("ticket") || enrolled.includes("registration");
  const views: readonly View[] = books ? ["work", "today", "booked", "setup"] : ["work", "today", "setup"];
  return (
    <>
      <header class="desk-bar no-print">
        <h1>
          {device.enrolment.clinic_name}
          <span class="desk-name">{chosen.desk}</span>
        </h1>
        {waiting > 0 && <span class="tag tag-warn">{w().waitingScans(waiting)}</span>}
        <nav aria-label={w().menu}>
          {views.map((one) => (
            <button key={one} type="button" class="desk-nav" aria-current={one === view ? "page" : undefined} onClick={() => show(one)}>
              {w()[one]}
            </button>
          ))}
          <button type="button" class="desk-nav" lang={language() === "zh" ? "en" : "zh-CN"} onClick={() => chooseLanguage(language() === "zh" ? "en" : "zh")}>
            {w().other}
          </button>
        </nav>
      </header>
      <Faults checks={checks} />
      <main class={view === "work" ? "desk-work" : "desk-page"}>
        <Work shown={view === "work"} device={device} clinic={clinic} stations={stations} onScanner={setScanner} onNeeded={() => show("work")} />
        {view === "today" && <Today clinic={clinic} />}
        {view === "booked" && <Booked clinic={clinic} name={device.enrolment.clinic_name} />}
        {view === "setup" && <Setup device={device} enrolled={enrolled} checks={checks} onDevice={onDevice} />}
      </main>
    </>
  );
}
