/** The day for the one in charge: figures, and who is booked, to print. */
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../shared/api/problem";
import { ask, serviceNow } from "../shared/device/line";
import { day, moment, time, today as todayOf } from "../shared/dates";
import { Button, Empty, ErrorBox, Skeleton, Tag } from "../shared/ui/parts";
import { Field } from "../shared/ui/field";
import { words } from "../shared/words";

const t = words(
  {
    figures: "今日情况",
    waiting: "候诊",
    at_desks: "办理中",
    observing: "留观中",
    done: "已完成",
    left: "已取消",
    unfinished: "未办完",
    deferred: "暂缓接种",
    not_vaccinated: "未接种",
    booked: "预约",
    no_shows: "预约未到",
    wait: "平均等候（分钟）",
    none: "—",
    list: "预约名单",
    date: "日期",
    print: "打印",
    slot: "时段",
    who: "姓名",
    status: "状态",
    is_booked: "未到",
    is_arrived: "已到",
    is_no_show: "爽约",
    empty: "当日没有预约。",
    of: (clinic: string, date: string) => `${clinic} ${date} 预约名单`,
    count: (n: number) => `共 ${n} 人`,
    printed: (at: string) => `打印于 ${at}`,
    refresh: "刷新",
    refused: "扫码未通过",
    other: "其他原因",
  },
  {
    figures: "Today",
    waiting: "Waiting",
    at_desks: "At a desk",
    observing: "Observed",
    done: "Done",
    left: "Given up",
    unfinished: "Unfinished",
    deferred: "Deferred",
    not_vaccinated: "Not vaccinated",
    booked: "Booked",
    no_shows: "No-shows",
    wait: "Average wait (min)",
    none: "–",
    list: "Booked",
    date: "Date",
    print: "Print",
    slot: "Time",
    who: "Name",
    status: "Status",
    is_booked: "Not yet",
    is_arrived: "Arrived",
    is_no_show: "No-show",
    empty: "Nobody is booked on that day.",
    of: (clinic: string, date: string) => `${clinic}: booked on ${date}`,
    count: (n: number) => `${n} in all`,
    printed: (at: string) => `Printed ${at}`,
    refresh: "Refresh",
    refused: "Refused scans",
    other: "Other reasons",
  },
);

/** Why scans are refused, in the fewest words (`Reason` of the service). */
const reasons = words(
  {
    malformed: "不是本服务的二维码",
    unknown_key: "二维码无法核验",
    bad_signature: "二维码验证失败",
    expired: "二维码过期",
    already_used: "二维码已使用",
    released: "接种证已注销",
    suspended: "接种证已暂停使用",
    closed: "接种证已停止使用",
    grant_revoked: "授权已取消",
    grant_expired: "授权已到期",
    visit_elsewhere: "正在别处办理",
    wrong_order: "环节顺序不符",
    observation_not_over: "留观未结束",
  },
  {
    malformed: "Not a code of ours",
    unknown_key: "Key unknown",
    bad_signature: "Failed verification",
    expired: "Code expired",
    already_used: "Code used before",
    released: "Certificate released",
    suspended: "Certificate suspended",
    closed: "Certificate closed",
    grant_revoked: "Authorisation revoked",
    grant_expired: "Authorisation expired",
    visit_elsewhere: "Visit at another clinic",
    wrong_order: "Wrong station",
    observation_not_over: "Observation not over",
  },
);

type Counted = readonly (readonly [reason: string, count: number])[];

/** What was refused, by reason, most first. The visits' own ends stand among the figures. */
function refusedScans(counted: Counted): Counted {
  const named = new Map<string, number>();
  for (const [reason, count] of counted) {
    if (reason === "deferred" || reason === "not_vaccinated" || count === 0) continue;
    const name = (reasons() as Readonly<Record<string, string>>)[reason] ?? t().other;
    named.set(name, (named.get(name) ?? 0) + count);
  }
  return Array.from(named).sort(([, one], [, other]) => other - one);
}

/** Read as this device; again when `key` changes or it is asked for. */
function useAsked<T>(key: string, read: () => Promise<T>): { data: T | undefined; problem: Problem | undefined; again: () => void } {
  const [state, set] = useState<{ data?: T; problem?: Problem }>({});
  const [round, again] = useState(0);
  useEffect(() => {
    let left = false;
    read().then(
      (data) => !left && set({ data }),
      (error: unknown) => !left && set({ problem: error instanceof Problem ? error : new Problem(0, {}) }),
    );
    return () => {
      left = true;
    };
  }, [key, round]);
  return { data: state.data, problem: state.problem, again: () => again((n) => n + 1) };
}

export function Today({ clinic }: { clinic: string }) {
  const { data, problem, again } = useAsked(clinic, () => ask("get", "/v1/clinics/{clinic_code}/today", { path: { clinic_code: clinic } }));
  if (problem) return <ErrorBox problem={problem} onRetry={again} />;
  if (!data) return <Skeleton count={1} />;
  const counted: Counted = data.refused.map((one) => [one.reason, one.count]);
  const ended = (reason: "deferred" | "not_vaccinated"): number => counted.find(([one]) => one === reason)?.[1] ?? 0;
  const scans = refusedScans(counted);
  const figures: readonly (readonly [string, number | string])[] = [
    [t().waiting, data.waiting],
    [t().at_desks, data.at_desks],
    [t().observing, data.observing],
    [t().done, data.done],
    [t().deferred, ended("deferred")],
    [t().not_vaccinated, ended("not_vaccinated")],
    [t().left, data.left],
    [t().unfinished, data.unfinished],
    [t().booked, data.booked],
    [t().no_shows, data.no_shows],
    [t().wait, data.average_wait_minutes ?? t().none],
  ];
  return (
    <section class="card stack" aria-label={t().figures}>
      <div class="form-head">
        <h2 class="card-title">
          {t().figures} {day(data.date)}
        </h2>
        <Button kind="plain" small onClick={again}>
          {t().refresh}
        </Button>
      </div>
      <Figures of={figures} />
      {scans.length > 0 && (
        <>
          <h3>{t().refused}</h3>
          <Figures of={scans} />
        </>
      )}
    </section>
  );
}

function Figures({ of }: { of: readonly (readonly [string, number | string])[] }) {
  return (
    <dl class="figures">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const TONES = { booked: "info", arrived: "good", no_show: "warn" } as const;

export function Booked({ clinic, name }: { clinic: string; name: string }) {
  const [date, set] = useState(todayOf(serviceNow()));
  const { data, problem, again } = useAsked(`${clinic}/${date}`, () => ask("get", "/v1/clinics/{clinic_code}/appointments", { path: { clinic_code: clinic }, query: { date } }));
  return (
    <section class="card stack" aria-label={t().list}>
      <div class="form-head no-print">
        <Field label={t().date} type="date" value={date} onChange={(chosen) => chosen && set(chosen)} />
        <Button kind="plain" small onClick={() => window.print()}>
          {t().print}
        </Button>
      </div>
      {problem && <ErrorBox problem={problem} onRetry={again} />}
      {!data && !problem && <Skeleton count={1} />}
      {data && data.appointments.length === 0 && <Empty icon="calendar" title={t().empty} />}
      {data && data.appointments.length > 0 && (
        <div class="print-sheet stack">
          <h2 class="card-title">{t().of(name, day(data.date))}</h2>
          <p class="small quiet">
            {t().count(data.appointments.length)} · {t().printed(moment(new Date(serviceNow()).toISOString()))}
          </p>
          <table class="doses">
            <thead>
              <tr>
                <th>{t().slot}</th>
                <th>{t().who}</th>
                <th>{t().status}</th>
              </tr>
            </thead>
            <tbody>
              {data.appointments.map((one, n) => (
                <tr key={n}>
                  <td>
                    {time(one.starts_at)}–{time(one.ends_at)}
                  </td>
                  <td>{one.name ?? t().none}</td>
                  <td>
                    <Tag tone={TONES[one.status]}>{t()[`is_${one.status}`]}</Tag>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
