/** 接种记录 by date and by vaccine, with the day that they are "as of" (R2, R33, D2). */
import { useState } from "preact/hooks";
import { get, type Answer } from "../../shared/api/client";
import { usePages } from "../../shared/api/pages";
import { day } from "../../shared/dates";
import { go, type Params } from "../../shared/router";
import { More } from "../../shared/ui/more";
import { Empty, Facts, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Panel, Tabs } from "../../shared/ui/tabs";
import { common } from "../../shared/ui/words";
import { words } from "../../shared/words";
import { doseOf, numberOf, runs, siteOf, vaccineOf } from "../doses";
import { Failure } from "../failure";
import { useCertificate } from "../overview";
import { Whose } from "../whose";
import { service } from "../words";

type Records = Answer<"/v1/certificates/{certificate_id}/records">;
type Dose = Records["doses"][number];
type Order = "date" | "vaccine";

const w = words(
  {
    order: "查看方式",
    date: "按时间",
    vaccine: "按疫苗",
    asOf: (when: string) => `数据截至${when}`,
    none: "还没有接种记录",
    noneText: "接种后，记录由接种单位上传，次日可在这里查看。已经接种但没有显示的，请携带纸质预防接种证到接种单位核实补录。",
    elsewhere: "外省接种",
    where: "接种单位",
    batch: "批号",
    maker: "生产企业",
    site: "接种部位",
    trace: "追溯码",
    when: "接种日期",
    origin: "记录来源",
    backfilled: "外省接种，本地门诊补录",
    local: "本地接种",
    wrong: "这条记录有误？我要反馈",
    year: (year: string) => `${year}年`,
    total: (n: number) => `${n} 剂`,
    know: "温馨提示",
  },
  {
    order: "Order",
    date: "By date",
    vaccine: "By vaccine",
    asOf: (when: string) => `As of ${when}`,
    none: "No doses on record yet",
    noneText: "The vaccination unit sends them in, and they show the next day. A dose that was given and is missing is added by the unit from the paper certificate.",
    elsewhere: "Other province",
    where: "Vaccination unit",
    batch: "Batch",
    maker: "Manufacturer",
    site: "Site",
    trace: "Trace code",
    when: "Date",
    origin: "Origin",
    backfilled: "Given in another province, added by a local clinic",
    local: "Given here",
    wrong: "Is this wrong? Report it",
    year: (year: string) => year,
    know: "Good to know",
    total: (n: number) => (n === 1 ? "1 dose" : `${n} doses`),
  },
);

export default function RecordsScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const [order, choose] = useState<Order>("date");
  const mine = useCertificate(id)?.mine ?? false;
  const list = usePages(`records/${id}/${order}`, (cursor) =>
    get("/v1/certificates/{certificate_id}/records", { path: { certificate_id: id }, query: { order, ...(cursor ? { cursor } : {}) } }),
  );
  const first = list.pages[0];
  const doses = list.pages.reduce<readonly Dose[]>((all, page) => all.concat(page.doses), []);
  const urgent = first?.notices.filter((notice) => notice.code === "after_vaccination") ?? [];
  const others = first?.notices.filter((notice) => notice.code !== "after_vaccination") ?? [];
  return (
    <Screen title={service().records}>
      <Whose id={id} />
      {list.problem && <Failure problem={list.problem} onRetry={list.reload} />}
      {!list.problem?.reason && (
        <>
          <Tabs
            label={w().order}
            current={order}
            onChange={choose}
            tabs={[
              { id: "date", label: w().date },
              { id: "vaccine", label: w().vaccine },
            ]}
          />
          {first?.as_of && <p class="quiet small">{w().asOf(day(first.as_of))}</p>}
          {urgent.map((notice) => (
            <Notice key={notice.code} tone="warn" title={notice.title}>
              <Told notice={notice} />
            </Notice>
          ))}
          <Panel id={order}>
            {!first && list.loading && <Skeleton />}
            {first && !doses.length && (
              <Empty title={w().none}>
                <p>{w().noneText}</p>
              </Empty>
            )}
            {order === "date" && <ByDate doses={doses} certificate={id} mine={mine} />}
            {order === "vaccine" && <ByVaccine doses={doses} certificate={id} mine={mine} />}
            <More of={list} />
          </Panel>
          {others.length > 0 && (
            <section class="stack-tight">
              <h2 class="group">{w().know}</h2>
              <div class="rows">
                {others.map((notice) => (
                  <details key={notice.code} class="question">
                    <summary>
                      <span class="row-main">{notice.title}</span>
                    </summary>
                    <Told notice={notice} />
                  </details>
                ))}
              </div>
            </section>
          )}
        </>
      )}
    </Screen>
  );
}

function Told({ notice }: { notice: Records["notices"][number] }) {
  return (
    <>
      <p>{notice.detail}</p>
      <p>{common().next + notice.next_step}</p>
    </>
  );
}

interface Shown {
  readonly doses: readonly Dose[];
  readonly certificate: string;
  readonly mine: boolean;
}

function ByDate({ doses, ...more }: Shown) {
  return (
    <>
      {runs(doses, (dose) => dose.date.slice(0, 4)).map(({ key, items }) => (
        <section key={key} class="stack-tight">
          <h2 class="group">{w().year(key)}</h2>
          <div class="rows">
            {items.map((dose) => (
              <Entry key={dose.dose_id} dose={dose} title={doseOf(dose)} detail={`${day(dose.date)} · ${dose.clinic_name ?? dose.clinic_code}`} {...more} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function ByVaccine({ doses, ...more }: Shown) {
  return (
    <>
      {runs(doses, vaccineOf).map(({ key, items }) => (
        <section key={key} class="stack-tight">
          <h2 class="group">
            {key} <span class="quiet small">{w().total(items.length)}</span>
          </h2>
          <div class="rows">
            {items.map((dose) => (
              <Entry key={dose.dose_id} dose={dose} title={numberOf(dose.dose_no)} detail={`${day(dose.date)} · ${dose.clinic_name ?? dose.clinic_code}`} {...more} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function Entry({ dose, title, detail, certificate, mine }: Omit<Shown, "doses"> & { dose: Dose; title: string; detail: string }) {
  const facts: [string, string | null | undefined][] = [
    [w().when, day(dose.date)],
    [w().where, dose.clinic_name ?? dose.clinic_code],
    [w().site, siteOf(dose.site)],
    [w().maker, dose.manufacturer],
    [w().batch, dose.batch],
    [w().trace, dose.trace_code],
    [w().origin, dose.origin === "other_province" ? w().backfilled : w().local],
  ];
  return (
    <details class="question">
      <summary>
        <span class="row-main">
          <span>
            {title} {dose.origin === "other_province" && <Tag>{w().elsewhere}</Tag>}
          </span>
          <span class="quiet small row-detail">{detail}</span>
        </span>
      </summary>
      <Facts of={facts.filter((fact): fact is [string, string] => Boolean(fact[1]))} />
      {mine && (
        <button type="button" class="button button-link" onClick={() => go("reports", { certificate, kind: "wrong_dose", dose: dose.dose_id })}>
          {w().wrong}
        </button>
      )}
    </details>
  );
}
