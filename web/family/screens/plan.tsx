/** 接种计划 (D19): what may be given today, what is late, what comes next, and what school entry looks at. It is advice. */
import { get, type Answer } from "../../shared/api/client";
import { useLoad } from "../../shared/api/load";
import { day } from "../../shared/dates";
import { go, type Params } from "../../shared/router";
import { Button, Empty, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { doseOf } from "../doses";
import { Failure } from "../failure";
import { useCertificate } from "../overview";
import { Whose } from "../whose";
import { service } from "../words";

type Plan = Answer<"/v1/certificates/{certificate_id}/plan">;
type Dose = Plan["due"][number];

const w = words(
  {
    due: "现在可以接种",
    late: "应补种",
    lateText: "已过推荐年龄，尚未接种",
    next: "下一次接种",
    nextOn: (when: string) => `${when}起`,
    school: "入托入学查验",
    complete: "应种疫苗已按程序接种",
    completeText: "按目前的接种记录，没有已过推荐年龄尚未接种的疫苗。入托、入学时由接种单位出具查验结果。",
    incomplete: (n: number) => `还有 ${n} 剂需要补种`,
    incompleteText: "入托、入学前请尽早补种；补种后，接种单位更新查验结果。缺少接种不作为拒绝入托、入学的依据。",
    since: (when: string) => `${when}起可以接种`,
    before: (when: string) => `建议在${when}前完成`,
    until: (when: string) => `最晚${when}`,
    nothing: "目前没有到期的接种",
    nothingText: "下一次接种时间见下方，届时请提前预约。",
    finished: "免疫规划程序内的接种已全部完成",
    finishedText: "如需接种其他疫苗，请咨询接种单位。",
    adult: "成人没有按免疫规划程序应种的疫苗",
    book: "去预约接种",
    edition: (edition: string, when: string) => `${edition}年版免疫程序 · 数据截至${when}`,
    about: "计划说明",
    count: (n: number) => `${n} 剂`,
  },
  {
    due: "May be given now",
    late: "To catch up",
    lateText: "Past the recommended age and not given",
    next: "Comes next",
    nextOn: (when: string) => `from ${when}`,
    school: "Check at kindergarten and school entry",
    complete: "Nothing is missing",
    completeText: "By the doses on record, none is past its recommended age. The vaccination unit issues the result of the check.",
    incomplete: (n: number) => (n === 1 ? "1 dose is to be caught up" : `${n} doses are to be caught up`),
    incompleteText: "Catch up soon, before kindergarten or school begins; the vaccination unit then updates the result. A missing dose is no ground to refuse a place.",
    since: (when: string) => `May be given from ${when}`,
    before: (when: string) => `Recommended before ${when}`,
    until: (when: string) => `At the latest ${when}`,
    nothing: "Nothing is due now",
    nothingText: "The next date stands below; book in time.",
    finished: "All doses of the programme have been given",
    finishedText: "For other vaccines, ask a vaccination unit.",
    adult: "No dose of the programme is due for adults",
    book: "Book a vaccination",
    edition: (edition: string, when: string) => `Programme of ${edition} · as of ${when}`,
    about: "About this plan",
    count: (n: number) => String(n),
  },
);

const keyOf = (dose: Dose): string => `${dose.vaccine}/${dose.dose_no}`;

/** What is missing and may not be given today; the rest of it stands among what is due. */
export function onlyMissing(plan: Pick<Plan, "due" | "missing">): readonly Dose[] {
  const due = new Set(plan.due.map(keyOf));
  return plan.missing.filter((dose) => !due.has(keyOf(dose)));
}

export default function PlanScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const { data: plan, problem, loading, reload } = useLoad(`plan/${id}`, () => get("/v1/certificates/{certificate_id}/plan", { path: { certificate_id: id } }));
  const adult = useCertificate(id)?.certificate.kind === "adult";
  const book = <Button onClick={() => go("booking", { certificate: id })}>{w().book}</Button>;
  return (
    <Screen title={service().plan} foot={plan && book}>
      <Whose id={id} />
      {problem && <Failure problem={problem} onRetry={reload} />}
      {!plan && loading && <Skeleton />}
      {plan && (
        <>
          {!adult && <p class="quiet small">{w().edition(plan.edition, day(plan.as_of))}</p>}
          {adult ? <Empty icon="plan" title={w().adult} /> : <Child plan={plan} />}
          <section class="stack-tight">
            <h2 class="group">{w().about}</h2>
            <p class="quiet small">{plan.advice}</p>
          </section>
        </>
      )}
    </Screen>
  );
}

function Child({ plan }: { plan: Plan }) {
  const late = new Set(plan.missing.map(keyOf));
  const missing = onlyMissing(plan);
  const finished = !plan.due.length && !plan.missing.length && !plan.next;
  return (
    <>
      {finished && (
        <Empty icon="shield" title={w().finished}>
          <p>{w().finishedText}</p>
        </Empty>
      )}
      {!finished && !plan.due.length && (
        <Empty icon="calendar" title={w().nothing}>
          <p>{w().nothingText}</p>
        </Empty>
      )}
      {plan.due.length > 0 && <Doses title={w().due} of={plan.due} late={late} />}
      {missing.length > 0 && <Doses title={w().late} text={w().lateText} of={missing} late={late} />}
      {plan.next && (
        <section class="card stack">
          <div class="stack-tight">
            <h2 class="card-title">{w().next}</h2>
            <p>
              <strong class="plan-date">{w().nextOn(day(plan.next.date))}</strong>
            </p>
          </div>
          <ul class="stack-tight">
            {plan.next.vaccines.map((dose) => (
              <li key={keyOf(dose)}>{doseOf(dose)}</li>
            ))}
          </ul>
        </section>
      )}
      <section class="card stack">
        <h2 class="card-title">{w().school}</h2>
        <Notice tone={plan.school_entry.complete ? "good" : "warn"} title={plan.school_entry.complete ? w().complete : w().incomplete(plan.school_entry.missing.length)}>
          {plan.school_entry.missing.length > 0 && <p>{plan.school_entry.missing.map(doseOf).join("、")}</p>}
          <p>{plan.school_entry.complete ? w().completeText : w().incompleteText}</p>
        </Notice>
      </section>
    </>
  );
}

function Doses({ title, text, of, late }: { title: string; text?: string; of: readonly Dose[]; late: ReadonlySet<string> }) {
  return (
    <section class="card stack">
      <div class="stack-tight">
        <h2 class="card-title">
          {title} <span class="quiet small">{w().count(of.length)}</span>
        </h2>
        {text && <p class="quiet small">{text}</p>}
      </div>
      <ul class="agenda">
        {of.map((dose) => (
          <li key={keyOf(dose)} class="due">
            <p>
              <strong>{doseOf(dose)}</strong> {late.has(keyOf(dose)) && <Tag tone="warn">{w().late}</Tag>}
            </p>
            <p class="quiet small">
              {[w().since(day(dose.since)), dose.recommended_before && w().before(day(dose.recommended_before)), dose.until && w().until(day(dose.until))].filter(Boolean).join("；")}
            </p>
            {dose.note && <p class="small">{dose.note}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
