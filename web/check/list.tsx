/** A class in a row: what was checked, kept in this page's memory alone, and handed out as a table that is made here. */
import { useEffect, useState } from "preact/hooks";
import { time, today } from "../shared/dates";
import { Icon, type IconName } from "../shared/ui/icon";
import { Button } from "../shared/ui/parts";
import { Sheet } from "../shared/ui/sheet";
import type { Tone } from "../shared/ui/sound";
import { toast } from "../shared/ui/toast";
import { csv, download } from "./csv";
import type { Verdict } from "./judge";
import { inBrief, issuedOn, titleOf, toneOf } from "./told";
import { w } from "./words";

export interface Entry {
  /** Milliseconds, by the service's clock as far as it is known. */
  readonly at: number;
  readonly verdict: Verdict;
}

const ICONS: Readonly<Record<Tone, IconName>> = { good: "good", bad: "close", warn: "warn", info: "info" };
const SHANGHAI_MS = 8 * 3600_000;
/** One paper is soon checked again; a class is not. */
const WORTH_ASKING = 2;

export function Checked({ entries, onClear }: { entries: readonly Entry[]; onClear: () => void }) {
  const [clearing, ask] = useState(false);
  const [exported, keep] = useState<readonly Entry[]>([]);
  const unsaved = entries.length >= WORTH_ASKING && exported !== entries;
  useEffect(() => {
    if (!unsaved) return undefined;
    const hold = (event: BeforeUnloadEvent): void => {
      event.preventDefault();
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- engines before Chrome 119 ask only where it is set
      event.returnValue = "";
    };
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [unsaved]);
  const save = (): void => {
    download(`${w().file}-${today()}.csv`, csv(tableOf(entries)));
    keep(entries);
    toast(w().exported);
  };
  return (
    <section class="card stack" data-checked={entries.length}>
      <div>
        <h2 class="card-title">
          {w().list}
          {entries.length > 0 && <span class="quiet"> {w().people(entries.length)}</span>}
        </h2>
        <p class="small quiet">{entries.length > 0 ? w().listHint : w().listEmpty}</p>
      </div>
      {entries.length > 0 && (
        <>
          <ol class="checked">
            {entries.map((entry, n) => (
              <Line key={entry.at} entry={entry} number={n + 1} />
            ))}
          </ol>
          <Button kind="plain" onClick={save}>
            {w().export}
          </Button>
          <Button kind="danger" onClick={() => ask(true)}>
            {w().clear}
          </Button>
        </>
      )}
      {clearing && (
        <Sheet
          title={w().clear}
          onClose={() => ask(false)}
          foot={
            <>
              <Button
                kind="danger"
                onClick={() => {
                  ask(false);
                  onClear();
                }}
              >
                {w().clear}
              </Button>
              <Button kind="plain" onClick={() => ask(false)}>
                {w().keep}
              </Button>
            </>
          }
        >
          <p>{w().clearSure}</p>
        </Sheet>
      )}
    </section>
  );
}

function Line({ entry: { verdict }, number }: { entry: Entry; number: number }) {
  const tone = toneOf(verdict.outcome);
  return (
    <li class={`checked-line checked-${tone}`} data-line={verdict.outcome}>
      <span class="checked-no">{number}</span>
      <Icon name={ICONS[tone]} size={22} />
      <span class="checked-words">
        <strong>{verdict.paper?.name ?? w().unnamed}</strong> <span class="small">{titleOf(verdict.outcome)}</span>
        {verdict.paper && <span class="small quiet checked-more">{inBrief(verdict.paper)}</span>}
      </span>
    </li>
  );
}

/** The table: heading first. */
export function tableOf(entries: readonly Entry[]): readonly (readonly string[])[] {
  const heading = [w().no, w().at, w().verdict, w().name, w().birthDate, w().kind, w().content, w().asOf, w().issued, w().number];
  const lines = entries.map(({ at, verdict: { outcome, paper } }, n) => {
    const moment = new Date(at).toISOString();
    const when = `${new Date(at + SHANGHAI_MS).toISOString().slice(0, 10)} ${time(moment)}`;
    const told = paper ? [paper.name, paper.birthDate, w()[paper.kind], inBrief(paper), paper.asOf, issuedOn(paper), paper.documentId] : [w().unnamed, "", "", "", "", "", ""];
    return [String(n + 1), when, titleOf(outcome), ...told];
  });
  return [heading, ...lines];
}
