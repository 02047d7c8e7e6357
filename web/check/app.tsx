/** The check of papers: what was scanned, its verdict, what the paper should say, and who was checked before. */
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../shared/api/client";
import { inTime } from "../shared/api/in-time";
import { minutesOff, serverNow } from "../shared/clock";
import { isLarge, setLarge } from "../shared/preferences";
import { NoPicture, NoCamera, readPicture } from "../shared/scan/camera";
import { Camera, faultWords } from "../shared/scan/camera-view";
import { useScanner } from "../shared/scan/scanner";
import { Icon } from "../shared/ui/icon";
import { Button, Notice } from "../shared/ui/parts";
import { sound } from "../shared/ui/sound";
import { Toasts } from "../shared/ui/toast";
import { chooseLanguage, language } from "../shared/words";
import { takeFragment } from "./address";
import { find, type Found } from "./found";
import { isJudged, judge, type Service, type Verdict } from "./judge";
import { keysWith, loadKeys } from "./keys";
import { Checked, type Entry } from "./list";
import { useOnline } from "./offline";
import type { Paper } from "./paper";
import { Said } from "./said";
import { toneOf } from "./told";
import { Trust } from "./trust";
import { useVaccines } from "./vaccines";
import { VerdictCard } from "./verdict";
import { w } from "./words";

const PATIENCE_MS = 8000;
/** Clocks of phones may differ by that much without being wrong. */
const SKEW_MS = 5 * 60_000;

const service: Service = {
  keysWith,
  statusOf: async (document_id) => (await inTime(get("/v1/documents/{document_id}", { path: { document_id } }), false, PATIENCE_MS)).status,
};

type Busy = "checking" | "reading" | undefined;

export function App({ carried }: { carried: string | undefined }) {
  const [verdict, show] = useState<Verdict>();
  const [busy, work] = useState<Busy>();
  const [camera, useCamera] = useState(false);
  const [entries, list] = useState<readonly Entry[]>([]);
  const online = useOnline();
  const turn = useRef(0);
  useVaccines();

  const put = (one: Verdict): void => {
    show(one);
    work(undefined);
    if (one.outcome !== "asking") sound(toneOf(one.outcome));
  };
  const look = async (found: Found): Promise<void> => {
    turn.current += 1;
    const mine = turn.current;
    const ifStill = (one: Verdict): void => {
      if (mine === turn.current) put(one);
    };
    work("checking");
    show(undefined);
    const judged = await judge(found, service, ifStill);
    if (isJudged(judged)) list((before) => withEntry(before, { at: serverNow(), verdict: judged }));
    ifStill(judged);
  };
  const lookAt = (text: string, physical?: string): void => void look(find(text, physical));
  const readFile = async (file: File): Promise<void> => {
    work("reading");
    show(undefined);
    try {
      const text = await readPicture(file);
      if (text === undefined) put({ outcome: "no_code" });
      else lookAt(text);
    } catch (error) {
      if (error instanceof NoPicture) put({ outcome: "no_picture" });
      else put({ outcome: "no_reader", said: faultWords(error instanceof NoCamera ? error.fault : "broken") });
    }
  };

  useScanner(
    (read) => lookAt(read.text, read.physical),
    () => put({ outcome: "settings" }),
  );
  useEffect(() => {
    document.title = w().title;
    if (carried) lookAt(carried);
    else void loadKeys().catch(() => undefined); // for the first paper, and for days without a network
    const again = (): void => {
      const text = takeFragment();
      if (text) lookAt(text);
    };
    window.addEventListener("hashchange", again);
    return () => window.removeEventListener("hashchange", again);
  }, []);

  return (
    <>
      <Bar />
      {!online && (
        <div class="check-notices">
          <Notice tone="warn" title={w().offline} />
        </div>
      )}
      <main class="check">
        <div class="stack-wide">
          {camera && <Camera instead={w().insteadOfCamera} onText={(text) => lookAt(text)} onClose={() => useCamera(false)} />}
          <div role="status" class="stack-wide">
            {busy && <p class="waiting">{w()[busy]}</p>}
            {verdict && <VerdictCard verdict={verdict} />}
            {!busy && !verdict && <Ready />}
          </div>
          {verdict?.paper && <ClockNotice paper={verdict.paper} />}
          {verdict?.paper && <Said paper={verdict.paper} doubtful={toneOf(verdict.outcome) === "bad"} />}
        </div>
        <div class="stack-wide">
          <section class="card stack">
            {!camera && <Button onClick={() => useCamera(true)}>{w().camera}</Button>}
            <FileButton onFile={(file) => void readFile(file)} />
            <p class="small quiet">{w().scanner}</p>
            <p class="small quiet">{w().privacy}</p>
          </section>
          <Checked entries={entries} onClear={() => list([])} />
          <Trust />
        </div>
      </main>
      <Toasts />
    </>
  );
}

/** A document that is checked again takes the place of its former line. */
function withEntry(before: readonly Entry[], entry: Entry): readonly Entry[] {
  const id = entry.verdict.paper?.documentId;
  const others = id === undefined ? before : before.filter((one) => one.verdict.paper?.documentId !== id);
  return others.concat(entry);
}

function Bar() {
  const [large, set] = useState(isLarge());
  return (
    <header class="bar">
      <h1>{w().title}</h1>
      <span class="check-tools" role="group" aria-label={w().tools}>
        <button
          type="button"
          class="bar-button"
          onClick={() => {
            setLarge(!large);
            set(!large);
          }}
        >
          {large ? w().normal : w().larger}
        </button>
        <button type="button" class="bar-button" lang={language() === "zh" ? "en" : "zh-CN"} onClick={() => chooseLanguage(language() === "zh" ? "en" : "zh")}>
          {w().otherLanguage}
        </button>
      </span>
    </header>
  );
}

function Ready() {
  return (
    <section class="ready">
      <Icon name="code" size={56} />
      <h2>{w().ready}</h2>
      <p>{w().readyNext}</p>
      <p class="small quiet">{w().about}</p>
    </section>
  );
}

/** A label that looks like a button: the field itself is small and says nothing. */
function FileButton({ onFile }: { onFile: (file: File) => void }) {
  return (
    <label class="button button-plain file">
      <Icon name="code" size={20} />
      <span>{w().picture}</span>
      <input
        type="file"
        accept="image/*"
        class="file-field"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) onFile(file);
        }}
      />
    </label>
  );
}

function ClockNotice({ paper }: { paper: Paper }) {
  const off = minutesOff();
  if (off > 0) return <Notice tone="warn" title={w().clockWrong(off)} />;
  return paper.issuedAt > serverNow() + SKEW_MS ? <Notice tone="warn" title={w().clockBehind} /> : null;
}
