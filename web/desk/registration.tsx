/** Registration: the health questions, then fit, or deferred and why. */
import { useState } from "preact/hooks";
import { Button, Notice } from "../shared/ui/parts";
import { Field, Tick } from "../shared/ui/field";
import { words } from "../shared/words";
import { years } from "../shared/dates";
import type { Report } from "./report";
import type { Person } from "./scan";
import { w } from "./words";

const questions = words(
  {
    fever: "发热或近期急性疾病",
    chronic: "慢性病正在发作或用药",
    allergy: "对疫苗成分或药物严重过敏",
    reaction: "以往接种后有严重反应",
    nerve: "惊厥、癫痫或其他神经系统疾病",
    immune: "免疫缺陷、使用免疫抑制剂或激素",
    blood: "近三个月输血或注射免疫球蛋白",
    recent: "近四周接种过其他疫苗",
    pregnant: "妊娠或备孕",
  },
  {
    fever: "Fever or a recent acute illness",
    chronic: "A chronic illness in an attack, or medicines",
    allergy: "A severe allergy to an ingredient or medicine",
    reaction: "A severe reaction to an earlier dose",
    nerve: "Seizures, epilepsy or other nervous disease",
    immune: "Immune deficiency, immunosuppressants or steroids",
    blood: "Blood or immunoglobulin within three months",
    recent: "Another vaccine within four weeks",
    pregnant: "Pregnant or planning it",
  },
);
type Question = keyof ReturnType<typeof questions>;
const MOST = 200;
/** From this age on a woman is asked whether she is pregnant; nobody asks it of a child. */
const ASKED_FROM = 12;

/** The questions that are asked of this person. */
export function questionsFor(person: Pick<Person, "sex" | "birth_date"> | undefined, today: string): readonly Question[] {
  const all = Object.keys(questions()) as Question[];
  const woman = person?.sex !== "male" && (!person?.birth_date || years(person.birth_date, today) >= ASKED_FROM);
  return all.filter((one) => one !== "pregnant" || woman);
}

export function Registration({ person, today, busy, corrects, onReport }: { person: Person | undefined; today: string; busy: boolean; corrects: boolean; onReport: (report: Report) => void }) {
  const [ticked, tick] = useState<ReadonlySet<Question>>(new Set());
  const [none, setNone] = useState(false);
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<"reason" | "asked">();
  const [deferring, defer] = useState(false);
  const change = (one: Question, on: boolean): void => {
    const now = new Set(ticked);
    if (on) now.add(one);
    else now.delete(one);
    tick(now);
    if (on) setNone(false);
    setFault(undefined);
    setReason(Array.from(now, (each) => questions()[each]).join("；").slice(0, MOST));
  };
  const fit = (): void => {
    if (!none && ticked.size === 0) setFault("asked");
    else onReport({ station: "registration", outcome: "fit", corrects });
  };
  const putOff = (): void => {
    if (!deferring) defer(true);
    else if (!reason.trim()) setFault("reason");
    else onReport({ station: "registration", outcome: "deferred", reason: reason.trim(), corrects });
  };
  return (
    <section class="card stack" aria-label={w().registration}>
      {corrects && <Notice tone="warn">{w().correcting}</Notice>}
      <fieldset class="field">
        <legend>{w().inquiry}</legend>
        <div class="choices">
          {questionsFor(person, today).map((one) => (
            <Tick key={one} checked={ticked.has(one)} onChange={(on) => change(one, on)}>
              {questions()[one]}
            </Tick>
          ))}
          <Tick
            checked={none}
            onChange={(on) => {
              setNone(on);
              setFault(undefined);
              if (on) {
                tick(new Set());
                setReason("");
              }
            }}
          >
            <strong>{w().nothing}</strong>
          </Tick>
        </div>
        {fault === "asked" && (
          <p class="field-fault" role="alert">
            {w().asked}
          </p>
        )}
      </fieldset>
      {(deferring || ticked.size > 0) && <Field label={w().reason} hint={w().reasonHint} value={reason} onChange={setReason} maxLength={MOST} fault={fault === "reason" ? w().reasonNeeded : undefined} />}
      <div class="buttons buttons-even">
        <Button kind={ticked.size > 0 ? "plain" : "main"} busy={busy} onClick={fit}>
          {ticked.size > 0 ? w().fitAnyway : w().fit}
        </Button>
        <Button kind="danger" busy={busy} onClick={ticked.size > 0 && !deferring ? () => (reason.trim() ? onReport({ station: "registration", outcome: "deferred", reason: reason.trim(), corrects }) : putOff()) : putOff}>
          {w().defer}
        </Button>
      </div>
    </section>
  );
}
