/** Vaccination: one to five vaccines, each typed or scanned from its box; or not given, and why. */
import { useEffect, useRef, useState } from "preact/hooks";
import { today as todayOf } from "../shared/dates";
import { serviceNow } from "../shared/device/line";
import type { Box } from "../shared/scan/box";
import { Button, Notice } from "../shared/ui/parts";
import { Field, focusFirstFault } from "../shared/ui/field";
import { language } from "../shared/words";
import { EMPTY, isExpired, missing, MOST_DOSES, SITES, withBox, type Draft } from "./dose";
import type { Report, Vaccine } from "./report";
import type { Person } from "./scan";
import { w } from "./words";

export interface VaccinationProps {
  readonly vaccines: readonly Vaccine[];
  readonly due: Person["due"];
  readonly busy: boolean;
  readonly corrects: boolean;
  /** A box that was scanned, and its number: the same box may come twice. */
  readonly box: { readonly box: Box; readonly n: number } | undefined;
  readonly onReport: (report: Report) => void;
}

export function Vaccination({ vaccines, due, busy, corrects, box, onReport }: VaccinationProps) {
  const [drafts, set] = useState<readonly Draft[]>([EMPTY]);
  const [read, setRead] = useState<number>();
  const [looked, look] = useState(false);
  const [refusing, refuse] = useState(false);
  const [reason, setReason] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const today = todayOf(serviceNow());

  useEffect(() => {
    if (!box) return;
    set((now) => withBox(now, box.box).drafts);
    setRead(withBox(drafts, box.box).at);
  }, [box?.n]);

  const change = (at: number, part: Partial<Draft>): void => set((now) => now.map((draft, n) => (n === at ? { ...draft, ...part } : draft)));
  const submit = (): void => {
    look(true);
    if (drafts.some((draft) => missing(draft).length > 0)) {
      focusFirstFault(form.current);
      return;
    }
    const doses = drafts.map((draft) => ({
      vaccine_code: draft.vaccine,
      batch: draft.batch.trim(),
      trace_code: draft.trace.trim(),
      site: draft.site || "other",
      ...(draft.expires ? { expires_on: draft.expires } : {}),
    }));
    onReport({ station: "vaccination", outcome: "vaccinated", doses, corrects });
  };
  return (
    <form
      ref={form}
      class="card stack"
      aria-label={w().vaccines}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {corrects && <Notice tone="warn">{w().correcting}</Notice>}
      <div class="form-head">
        <h3 class="card-title">{w().vaccines}</h3>
        <p class="small quiet">{w().boxHint}</p>
      </div>
      {drafts.map((draft, at) => (
        <DoseFields
          key={at}
          at={at}
          draft={draft}
          today={today}
          vaccines={vaccines}
          due={due}
          looked={looked}
          justRead={read === at}
          onChange={(part) => change(at, part)}
          onRemove={drafts.length > 1 ? () => set(drafts.filter((_, n) => n !== at)) : undefined}
        />
      ))}
      {drafts.length < MOST_DOSES && (
        <Button kind="link" onClick={() => set([...drafts, EMPTY])}>
          ＋ {w().addVaccine}
        </Button>
      )}
      {refusing && <Field label={w().notReason} optional value={reason} onChange={setReason} maxLength={200} />}
      <div class="buttons buttons-even">
        <Button type="submit" busy={busy}>
          {w().vaccinated}
        </Button>
        <Button
          kind="danger"
          busy={busy}
          onClick={() => (refusing ? onReport({ station: "vaccination", outcome: "not_vaccinated", ...(reason.trim() ? { reason: reason.trim() } : {}), corrects }) : refuse(true))}
        >
          {w().notVaccinated}
        </Button>
      </div>
    </form>
  );
}

interface DoseFieldsProps {
  readonly at: number;
  readonly draft: Draft;
  readonly today: string;
  readonly vaccines: readonly Vaccine[];
  readonly due: Person["due"];
  readonly looked: boolean;
  readonly justRead: boolean;
  readonly onChange: (part: Partial<Draft>) => void;
  readonly onRemove: (() => void) | undefined;
}

function DoseFields({ at, draft, today, vaccines, due, looked, justRead, onChange, onRemove }: DoseFieldsProps) {
  const lacks = (name: "vaccine" | "batch" | "trace" | "site"): string | undefined => (looked && missing(draft).includes(name) ? w().missing : undefined);
  const called = (one: Vaccine): string => (language() === "en" ? one.name_en : one.name);
  const dueNames = new Set((due ?? []).map((one) => one.vaccine));
  const first = vaccines.filter((one) => dueNames.has(one.vaccine));
  const option = (one: Vaccine) => (
    <option key={one.vaccine_code} value={one.vaccine_code}>
      {called(one)}（{one.vaccine_code}）
    </option>
  );
  const id = `vaccine-${at}`;
  return (
    <fieldset class="dose-fields" data-dose={at}>
      <legend>
        {w().vaccine} {at + 1}
      </legend>
      <div class="dose-grid">
        <div class="field dose-vaccine">
          <label for={id}>{w().vaccine}</label>
          <select id={id} class="input" value={draft.vaccine} aria-invalid={lacks("vaccine") ? "true" : undefined} onChange={(event) => onChange({ vaccine: event.currentTarget.value })}>
            <option value="">—</option>
            {first.length > 0 && <optgroup label={w().due}>{first.map(option)}</optgroup>}
            <optgroup label={w().others}>{vaccines.filter((one) => !dueNames.has(one.vaccine)).map(option)}</optgroup>
          </select>
          {lacks("vaccine") && <p class="field-fault">{lacks("vaccine")}</p>}
        </div>
        <Field label={w().batch} value={draft.batch} onChange={(batch) => onChange({ batch, doubtful: false })} maxLength={64} fault={lacks("batch")} />
        <Field label={w().trace} value={draft.trace} onChange={(trace) => onChange({ trace })} maxLength={64} fault={lacks("trace")} />
        <Field label={w().expires} type="date" optional value={draft.expires} onChange={(expires) => onChange({ expires })} />
      </div>
      <fieldset class="field">
        <legend>{w().site}</legend>
        <div class="sites">
          {SITES.map((site) => (
            <label key={site} class="site">
              <input type="radio" name={`site-${at}`} checked={draft.site === site} aria-invalid={lacks("site") ? "true" : undefined} onChange={() => onChange({ site })} />
              <span>{site === "other" ? w().elsewhere : w()[site]}</span>
            </label>
          ))}
        </div>
        {lacks("site") && <p class="field-fault">{lacks("site")}</p>}
      </fieldset>
      <div aria-live="polite">
        {isExpired(draft, today) ? <Notice tone="bad" title={w().boxExpired(draft.expires)} /> : draft.doubtful ? <Notice tone="warn" title={w().doubtful} /> : justRead ? <Notice tone="good" title={w().boxTaken} /> : null}
      </div>
      {onRemove && (
        <Button kind="link" small onClick={onRemove} label={`${w().remove} ${w().vaccine} ${at + 1}`}>
          {w().remove}
        </Button>
      )}
    </fieldset>
  );
}
