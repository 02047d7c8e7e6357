/** A visit that goes on (D21): asked for gently, shown as a way of four stations with what to do next in the service's words. */
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Answer } from "../shared/api/client";
import { time } from "../shared/dates";
import { Icon } from "../shared/ui/icon";
import { Facts, Hotline, Notice } from "../shared/ui/parts";
import { words } from "../shared/words";
import { siteOf, vaccineOf } from "./doses";

export type Visit = NonNullable<Answer<"/v1/certificates/{certificate_id}/visit">["visit"]>;

const w = words(
  {
    title: "今日接种进度",
    ticket: "排队号",
    clinic: "接种门诊",
    before: "前面等候",
    people: (n: number) => `${n} 人`,
    desk: "请前往",
    left: "还需留观",
    minutes: (n: number) => `${n} 分钟`,
    until: "留观至",
    given: "今日接种",
    batch: (batch: string) => `批号 ${batch}`,
    later: "接种记录以接种单位上传为准，次日可在“接种记录”中查看。",
    stations: { ticket: "取号", registration: "登记", vaccination: "接种", observation: "留观" },
    done: "已完成",
    now: "进行中",
    todo: "未到",
    listed: "、",
  },
  {
    title: "Today's visit",
    ticket: "Ticket",
    clinic: "Clinic",
    before: "Waiting before you",
    people: (n: number) => String(n),
    desk: "Please go to",
    left: "Observation left",
    minutes: (n: number) => `${n} min`,
    until: "Observation until",
    given: "Given today",
    batch: (batch: string) => `batch ${batch}`,
    later: "The records show it as the clinic sends it in, from the next day.",
    stations: { ticket: "Ticket", registration: "Registration", vaccination: "Vaccination", observation: "Observation" },
    done: "done",
    now: "now",
    todo: "to come",
    listed: ", ",
  },
);

const STATIONS = ["ticket", "registration", "vaccination", "observation"] as const;
const REACHED: Readonly<Record<string, number>> = {
  waiting_registration: 1,
  registering: 1,
  waiting_vaccination: 2,
  vaccinating: 2,
  observing: 3,
  done: 4,
};

/** How many stations lie behind a visit; undefined for one that ended before its way was gone. */
export const stationsDone = (state: string): number | undefined => REACHED[state];

const QUICK = 5;
const SLOW = 20;
const FAILING = 60;

/** Seconds until a visit is asked for again: soon after a change, ever more slowly while nothing happens, and where it fails. */
export function nextWait(before: number, what: "changed" | "same" | "failed"): number {
  if (what === "changed") return QUICK;
  return what === "same" ? Math.min(SLOW, before * 1.5) : Math.min(FAILING, before * 2);
}

/** Today's visit, followed while the page is seen. `undefined` until it is known. */
export function useVisit(id: string, seen: boolean): Visit | null | undefined {
  const [visit, set] = useState<Visit | null>();
  const told = useRef("");
  useEffect(() => {
    if (!id || !seen) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    let wait = QUICK;
    const ask = (): void => {
      get("/v1/certificates/{certificate_id}/visit", { path: { certificate_id: id } })
        .then(
          (answer) => {
            const text = JSON.stringify(answer.visit);
            wait = nextWait(wait, text === told.current ? "same" : "changed");
            told.current = text;
            if (!left) set(answer.visit);
          },
          () => {
            wait = nextWait(wait, "failed");
          },
        )
        .then(
          () => {
            if (!left) timer = setTimeout(ask, wait * 1000);
          },
          () => undefined,
        );
    };
    ask();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id, seen]);
  return visit;
}

export function Progress({ visit }: { visit: Visit }) {
  const done = stationsDone(visit.state);
  const called = Boolean(visit.called_at);
  const facts: [string, string][] = [];
  if (called && visit.desk) facts.push([w().desk, visit.desk]);
  else if (/^waiting_/.test(visit.state)) facts.push([w().before, w().people(visit.waiting_before)]);
  if (visit.state === "observing" && visit.observed_until) {
    facts.push([w().left, w().minutes(visit.minutes_left ?? 0)], [w().until, time(visit.observed_until)]);
  }
  facts.push([w().clinic, visit.clinic_name]);
  return (
    <section class="card stack" aria-labelledby="progress">
      <div class="visit-head">
        <h2 id="progress" class="card-title">
          {w().title}
        </h2>
        <span class="visit-ticket">
          <span class="quiet small">{w().ticket}</span> <strong>{visit.ticket}</strong>
        </span>
      </div>
      {done !== undefined && (
        <ol class="way">
          {STATIONS.map((station, n) => (
            <li key={station} class={n < done ? "way-done" : n === done ? "way-now" : ""} aria-current={n === done ? "step" : undefined}>
              <span class="way-mark" aria-hidden="true">
                {n < done ? "✓" : n + 1}
              </span>
              {w().stations[station]}
              <span class="unseen">{n < done ? w().done : n === done ? w().now : w().todo}</span>
            </li>
          ))}
        </ol>
      )}
      <div role="status" aria-live="polite">
        <Notice tone={called || visit.state === "done" ? "good" : "info"} title={visit.title}>
          <p>{visit.next_step}</p>
        </Notice>
      </div>
      <Facts of={facts} />
      {visit.given.length > 0 && (
        <div class="stack-tight">
          <strong>{w().given}</strong>
          <ul class="stack-tight">
            {visit.given.map((dose) => (
              <li key={dose.trace_code} class="given">
                <Icon name="needle" size={18} />
                <span>
                  {vaccineOf(dose)} <span class="quiet small">{[siteOf(dose.site), w().batch(dose.batch)].filter(Boolean).join(w().listed)}</span>
                </span>
              </li>
            ))}
          </ul>
          <p class="quiet small">{w().later}</p>
        </div>
      )}
      {visit.state === "done" && <Hotline kind="plain" />}
    </section>
  );
}
