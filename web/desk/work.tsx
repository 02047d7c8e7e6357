/** The work of a desk: a scan, its verdict, what the station does about it, and the queue beside it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../shared/api/problem";
import type { Device, Station } from "../shared/device/device";
import { ask, serviceNow, useLine } from "../shared/device/line";
import { today as todayOf } from "../shared/dates";
import type { Box } from "../shared/scan/box";
import { Camera } from "../shared/scan/camera-view";
import { scanned } from "../shared/scan/read";
import { useScanner } from "../shared/scan/scanner";
import type { Read } from "../shared/scan/wedge";
import { useAct } from "../shared/ui/act";
import { Button, ErrorBox, Notice } from "../shared/ui/parts";
import { Field } from "../shared/ui/field";
import { sound, type Tone } from "../shared/ui/sound";
import { toast } from "../shared/ui/toast";
import type { ScannerState } from "./checks";
import { choices } from "./choices";
import { clearHandedIn, packIsStale, useOffline, type HandedIn } from "./offline";
import { givePaper } from "./paper";
import { Papers } from "./papers";
import { PersonCard } from "./person";
import { QueueSide, useQueue } from "./queue";
import { Registration } from "./registration";
import { report, type Report, type Ticket, type Told, type Vaccine } from "./report";
import { scan, type Shown } from "./scan";
import { Slip } from "./slip";
import { Vaccination } from "./vaccination";
import { VerdictCard } from "./verdict";
import { w } from "./words";

/** The same text again within this time is a double read. */
const SAME_MS = 1500;
/** A person does not stay on the screen of a desk that nobody uses. */
const FORGOTTEN_MS = 5 * 60_000;

/** An outcome that was reported here last, as long as it can be mended. */
interface Done {
  readonly told: Told;
  readonly station: "registration" | "vaccination";
}

type Form = "none" | "registration" | "vaccination";

export interface WorkProps {
  readonly shown: boolean;
  readonly device: Device;
  readonly clinic: string;
  readonly stations: readonly Station[];
  readonly onScanner: (state: ScannerState) => void;
  /** Something was scanned while another view was open. */
  readonly onNeeded: () => void;
}

export function Work({ shown: seen, device, clinic, stations, onScanner, onNeeded }: WorkProps) {
  const [station, setStation] = useState<Station>(stations[0] ?? "ticket");
  const [shown, show] = useState<Shown>();
  const [form, open] = useState<Form>("none");
  const [corrects, correct] = useState(false);
  const [done, finish] = useState<Done>();
  const [checking, check] = useState(false);
  const [box, takeBox] = useState<{ box: Box; n: number }>();
  const [vaccines, setVaccines] = useState<readonly Vaccine[]>([]);
  const [camera, useCamera] = useState(false);
  const [typing, type] = useState(false);
  const [typed, setTyped] = useState("");
  const act = useAct();
  const line = useLine();
  const offline = useOffline();
  const queue = useQueue(clinic);
  const last = useRef({ text: "", at: 0, busy: false });
  const current = stations.includes(station) ? station : (stations[0] ?? "ticket");

  useEffect(() => {
    if (vaccines.length || !stations.includes("vaccination") || line.network === "bad") return;
    ask("get", "/v1/vaccines").then(
      (answer) => setVaccines(answer.vaccines),
      () => undefined,
    );
  }, [line.network, vaccines.length, stations.length]);

  const clear = (): void => {
    show(undefined);
    open("none");
    finish(undefined);
    correct(false);
    takeBox(undefined);
    act.clear();
  };
  useEffect(() => {
    if (!shown?.person) return undefined;
    const timer = setTimeout(clear, FORGOTTEN_MS);
    return () => clearTimeout(timer);
  }, [shown]);

  const say = (verdict: Shown): void => {
    show(verdict);
    if (choices().sound) sound(verdict.tone);
  };
  const local = (tone: Tone, title: string, next: string): void => {
    open("none");
    finish(undefined);
    say({ tone, station: current, title, next, accepted: false });
  };

  /** The line is down and there is no phone either: the order of coming is kept all the same. */
  const byPaper = async (): Promise<void> => {
    const paper = await givePaper(choices().desk, false);
    open("none");
    finish(undefined);
    say({ tone: "info", station: "ticket", title: w().paperSlip, next: w().paperNext, accepted: false, offline: true, paper });
  };

  const take = async (code: string): Promise<void> => {
    const now = Date.now();
    if (last.current.busy || (last.current.text === code && now - last.current.at < SAME_MS)) {
      if (last.current.text === code) toast(w().twice);
      return;
    }
    last.current = { text: code, at: now, busy: true };
    check(true);
    try {
      const verdict = await scan(code, current, stations);
      act.clear();
      finish(undefined);
      correct(false);
      takeBox(undefined);
      setStation(verdict.station);
      say(verdict);
      open(verdict.accepted && (verdict.station === "registration" || verdict.station === "vaccination") ? verdict.station : "none");
      if (verdict.accepted) queue.refresh();
      if (((verdict.accepted && verdict.station === "ticket") || verdict.paper) && choices().printsSlips) setTimeout(() => window.print(), 50);
    } finally {
      last.current = { text: code, at: Date.now(), busy: false };
      check(false);
    }
  };

  const read = (text: string, physical = text): void => {
    const found = scanned(text, physical);
    onNeeded();
    onScanner(found.kind === "cut" || found.kind === "settings" ? "bad" : "good");
    switch (found.kind) {
      case "code":
        void take(found.text);
        return;
      case "box":
        if (form === "vaccination") takeBox({ box: found.box, n: (box?.n ?? 0) + 1 });
        else local("info", w().boxHere, w().boxHereNext);
        return;
      case "cut":
        local("warn", w().cut, w().cutNext);
        return;
      case "settings":
        local("warn", w().settings, w().settingsNext);
        return;
      default:
        void take(found.text);
    }
  };
  useScanner(
    ({ text, physical, ended }: Read) => {
      read(text, physical);
      if (!ended) toast(w().noEnter);
    },
    () => local("warn", w().ime, w().imeNext),
  );

  const send = (body: Report): void => {
    const visit = shown?.visit ?? done?.told;
    if (!visit || (body.station !== "registration" && body.station !== "vaccination")) return;
    const at = body.station;
    act.run(async () => {
      try {
        const told = await report(visit.visit_id, body);
        if (choices().sound) sound(told.warnings?.length ? "warn" : "good");
        finish({ told, station: at });
        show(undefined); // who it was is no longer needed
        open("none");
        correct(false);
        takeBox(undefined);
      } finally {
        queue.refresh();
      }
    });
  };
  const resume = (ticket: Ticket): void => {
    const at = ticket.state === "registering" ? "registration" : "vaccination";
    clear();
    setStation(at);
    show({ tone: "info", station: at, title: `${ticket.ticket} ${ticket.name ?? ""}`, next: w().personGone, visit: ticket, accepted: true });
    open(at);
  };
  const again = (how: { readonly corrects: boolean }): void => {
    if (!done) return;
    correct(how.corrects);
    open(done.station);
  };

  const choose = (one: Station): void => {
    clear();
    setStation(one);
  };

  const slip = shown?.paper ?? (shown?.accepted && shown.station === "ticket" ? shown.visit?.ticket : undefined);

  if (!seen) return null;
  return (
    <>
      <div class="stack" aria-busy={checking ? "true" : "false"}>
        {stations.length > 1 && (
          <div class="stations no-print" role="group" aria-label={w().stationsHere}>
            {stations.map((one) => (
              <button key={one} type="button" class="station" aria-pressed={one === current ? "true" : "false"} onClick={() => choose(one)}>
                {w()[one]}
              </button>
            ))}
          </div>
        )}
        {line.network === "bad" && (
          <Notice tone="warn" title={w().offlineBar}>
            <p>{offline.pack && !packIsStale() ? w().offlineWords : w().offlineNoPack}</p>
            {stations.includes("ticket") && (
              <div class="buttons">
                <Button kind="plain" small onClick={() => void byPaper()}>
                  {w().givePaper}
                </Button>
              </div>
            )}
          </Notice>
        )}
        <div role="status" aria-live="assertive" aria-atomic="true">
          {checking ? <p class="checking">{w().checking}</p> : shown ? <VerdictCard shown={shown} /> : done ? <DoneCard done={done} /> : <Ready station={w()[current]} />}
        </div>
        {act.problem && <ErrorBox problem={act.problem instanceof Problem && act.problem.code === "connection_cut" ? new Problem(0, { title: w().unsure, detail: w().unsureNext }) : act.problem} />}
        {shown && (
          <div class="buttons no-print">
            {slip && (
              <Button kind="plain" small onClick={() => window.print()}>
                {w().printSlip}
              </Button>
            )}
            <Button kind="plain" small onClick={clear}>
              {w().clear}
            </Button>
          </div>
        )}
        {slip && <Slip ticket={slip} clinic={device.enrolment.clinic_name} paper={shown?.paper !== undefined} />}
        {done && form === "none" && (
          <div class="buttons no-print">
            <Button kind="plain" small onClick={() => again({ corrects: true })}>
              {w().correct}
            </Button>
            {done.told.state === "observing" && (
              <Button kind="plain" small onClick={() => again({ corrects: false })}>
                {w().more}
              </Button>
            )}
            <Button kind="plain" small onClick={clear}>
              {w().clear}
            </Button>
          </div>
        )}
        {form === "none" && (
          <div class="buttons no-print">
            <Button kind="link" small onClick={() => useCamera(!camera)}>
              {w().camera}
            </Button>
            <Button kind="link" small onClick={() => type(!typing)}>
              {w().byHand}
            </Button>
          </div>
        )}
        {camera && <Camera instead={w().insteadOfCamera} onText={(text) => read(text)} onClose={() => useCamera(false)} />}
        {typing && form === "none" && (
          <form
            class="card stack no-print"
            onSubmit={(event) => {
              event.preventDefault();
              read(typed);
              setTyped("");
            }}
          >
            <Field label={w().byHandLabel} value={typed} onChange={setTyped} maxLength={400} />
            <Button type="submit" kind="plain">
              {w().submit}
            </Button>
          </form>
        )}
        <div class={form !== "none" && shown?.person ? "desk-pair" : "stack"}>
          {shown?.person && form !== "none" && <PersonCard person={shown.person} today={todayOf(serviceNow())} />}
          {form === "registration" && <Registration key={shown?.visit?.visit_id ?? "done"} person={shown?.person} today={todayOf(serviceNow())} busy={act.busy} corrects={corrects} onReport={send} />}
          {form === "vaccination" && <Vaccination key={shown?.visit?.visit_id ?? "done"} vaccines={vaccines} due={shown?.person?.due} busy={act.busy} corrects={corrects} box={box} onReport={send} />}
        </div>
        <Papers />
        {offline.handedIn.length > 0 && <Handed handed={offline.handedIn} />}
      </div>
      <QueueSide queue={queue} stations={stations} desk={choices().desk} onTold={() => undefined} onResume={resume} />
    </>
  );
}

function Ready({ station }: { station: string }) {
  return (
    <section class="ready">
      <h2>{w().ready(station)}</h2>
      <p>{w().readyNext}</p>
      <p class="quiet">{w().noPhone}</p>
    </section>
  );
}

/** What was reported, what to say, and what is wrong with the boxes. */
function DoneCard({ done }: { done: Done }) {
  const { told } = done;
  const warned = told.warnings ?? [];
  return (
    <div class="stack">
      <VerdictCard shown={{ tone: warned.length ? "warn" : "good", station: done.station, title: told.title, next: told.next_step, accepted: false, visit: told }} />
      {warned.map((warning) => (
        <Notice key={`${warning.code}${warning.batch}`} tone="bad" title={warning.title}>
          <p>{warning.next_step}</p>
        </Notice>
      ))}
      <Notice tone="info" title={w().forFamily + told.family.title}>
        <p>{told.family.next_step}</p>
      </Notice>
    </div>
  );
}

/** What became of scans that were made while the line was down; doubles stand out. */
function Handed({ handed }: { handed: readonly HandedIn[] }) {
  return (
    <section class="card stack" aria-label={w().handedIn} data-handed>
      <h3>{w().handedIn}</h3>
      <ul class="stack-tight">
        {handed.map((one, n) => {
          const { fate, title, station } = one;
          const fine = fate === "good" || fate === "own";
          return (
            <li key={n} class={fine ? "notice notice-good" : "notice notice-warn"} data-fate={fate}>
              <span>
                {one.scanned_at.slice(11, 16)} {w()[station]} · {{ good: w().handedGood, own: w().handedOwn, double: w().handedDouble, odd: w().handedOdd }[fate]}
                {!fine && `（${title}）`}
              </span>
            </li>
          );
        })}
      </ul>
      <Button kind="plain" small onClick={clearHandedIn}>
        {w().gotIt}
      </Button>
    </section>
  );
}
