/** 问题反馈 (R34, R35, R37): what is wrong, said to those who can correct it, and what became of it. Delegates only read (D7). */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, get, type Answer } from "../../shared/api/client";
import { Intention } from "../../shared/api/intention";
import { forget, useLoad } from "../../shared/api/load";
import { usePages } from "../../shared/api/pages";
import { day, moment } from "../../shared/dates";
import { go, type Params } from "../../shared/router";
import { useAct } from "../../shared/ui/act";
import { Choice, Field, focusFirstFault } from "../../shared/ui/field";
import { Icon } from "../../shared/ui/icon";
import { More } from "../../shared/ui/more";
import { Button, Empty, Facts, Hotline, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { doseOf } from "../doses";
import { Failure } from "../failure";
import { useCertificate } from "../overview";
import { Whose } from "../whose";
import { service } from "../words";

type Report = Answer<"/v1/certificates/{certificate_id}/reports">["reports"][number];
type Kind = Report["kind"];
type Dose = Answer<"/v1/certificates/{certificate_id}/records">["doses"][number];

const KINDS: readonly Kind[] = ["wrong_person", "wrong_dose", "missing_dose", "extra_dose", "other"];
/** Kinds that speak of a dose on record. */
const OF_A_DOSE = new Set<string>(["wrong_dose", "extra_dose"]);
const MOST_CHARACTERS = 1000;

const w = words(
  {
    who: "档案和接种记录由接种单位更正，更正后次日更新。提交后，我们将转交接种单位核实。",
    create: "我要反馈",
    none: "还没有反馈",
    noneText: "发现个人信息或接种记录有误，或遇到其他问题，可以在这里反馈。",
    noneDelegate: "申领人还没有反馈。您发现问题时，请告知申领人，或拨打客服电话。",
    onlyClaimant: "只有申领人可以提交反馈，您可以查看进度。",
    kind: "问题类型",
    kinds: { wrong_person: "个人信息有误", wrong_dose: "接种记录有误", missing_dose: "缺少接种记录", extra_dose: "多出接种记录", other: "其他问题" },
    dose: "哪一条接种记录",
    text: "问题说明",
    textHint: (left: number) => `请说明哪里有误、正确的应是什么。请勿填写身份证号码。还可输入 ${left} 字。`,
    submit: "提交反馈",
    needKind: "请选择问题类型",
    needDose: "请选择接种记录",
    needText: "请填写问题说明",
    sent: "反馈已提交",
    sentText: "请记下受理编号，联系接种单位或客服时提供。",
    number: "受理编号",
    status: "进度",
    received: "提交时间",
    changed: "更新时间",
    reply: "答复：",
    clinic: "接种单位",
    address: "地址",
    phone: "联系电话",
    view: "查看反馈进度",
  },
  {
    who: "The vaccination unit corrects archive and records; a correction shows the next day. We hand your report to the unit.",
    create: "Report something",
    none: "Nothing reported yet",
    noneText: "If personal data or a dose is wrong, or something does not work, say so here.",
    noneDelegate: "The claimant has reported nothing. If you find something wrong, tell the claimant or call the hotline.",
    onlyClaimant: "Only the claimant can report; you can see what becomes of it.",
    kind: "What is wrong",
    kinds: { wrong_person: "Personal data", wrong_dose: "A dose is wrong", missing_dose: "A dose is missing", extra_dose: "A dose too many", other: "Something else" },
    dose: "Which dose",
    text: "Please explain",
    textHint: (left: number) => `Say what is wrong and what would be right. Do not write identity numbers. ${left} characters left.`,
    submit: "Send",
    needKind: "Choose what is wrong",
    needDose: "Choose the dose",
    needText: "Please explain what is wrong",
    sent: "Your report has been sent",
    sentText: "Keep the case number for the vaccination unit and the hotline.",
    number: "Case number",
    status: "Status",
    received: "Sent",
    changed: "Changed",
    reply: "Answer: ",
    clinic: "Vaccination unit",
    address: "Address",
    phone: "Phone",
    view: "See all reports",
  },
);

const TONES = { received: "info", forwarded: "info", corrected: "good", closed: "good" } as const;

export default function ReportsScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  if (params["kind"] !== undefined) return <Filing certificate={id} kind={params["kind"]} dose={params["dose"] ?? ""} />;
  return <Filed certificate={id} />;
}

function Filed({ certificate }: { certificate: string }) {
  const list = usePages(`reports/${certificate}`, (cursor) =>
    get("/v1/certificates/{certificate_id}/reports", { path: { certificate_id: certificate }, query: cursor ? { cursor } : {} }),
  );
  const reports = list.pages.reduce<readonly Report[]>((all, page) => all.concat(page.reports), []);
  const found = useCertificate(certificate);
  const file = found?.mine && <Button onClick={() => go("reports", { certificate, kind: "" })}>{w().create}</Button>;
  return (
    <Screen title={service().reports} foot={list.data && file}>
      <Whose id={certificate} />
      {list.problem && <Failure problem={list.problem} onRetry={list.reload} />}
      {!list.data && list.loading && <Skeleton />}
      {list.data && (
        <>
          <p class="quiet small">{found?.mine === false ? w().onlyClaimant : w().who}</p>
          {!reports.length && (
            <Empty icon="report" title={w().none}>
              <p>{found?.mine === false ? w().noneDelegate : w().noneText}</p>
            </Empty>
          )}
          {reports.map((report) => (
            <article key={report.report_id} class="card stack">
              <div class="ended">
                <strong class="row-main">{kindOf(report.kind)}</strong>
                <Tag tone={TONES[report.status]}>{report.status_title}</Tag>
              </div>
              <p class="told">{report.text}</p>
              {report.reply && (
                <p class="told">
                  <strong>{w().reply}</strong>
                  {report.reply}
                </p>
              )}
              <Case of={report} />
            </article>
          ))}
          <More of={list} />
        </>
      )}
      <Hotline />
    </Screen>
  );
}

const kindOf = (kind: Kind): string => w().kinds[kind];

function Case({ of: report }: { of: Report }) {
  const { clinic } = report;
  const facts: [string, preact.ComponentChildren][] = [
    [w().number, <strong class="number">{report.case_number}</strong>],
    [w().received, moment(report.received_at)],
  ];
  if (report.changed_at !== report.received_at) facts.push([w().changed, moment(report.changed_at)]);
  facts.push([w().clinic, clinic.name ?? clinic.clinic_code]);
  if (clinic.address) facts.push([w().address, clinic.address]);
  if (clinic.phone) facts.push([w().phone, <a href={`tel:${clinic.phone}`}>{clinic.phone}</a>]);
  return <Facts of={facts} />;
}

async function allDoses(certificate: string): Promise<readonly Dose[]> {
  let found: readonly Dose[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await get("/v1/certificates/{certificate_id}/records", { path: { certificate_id: certificate }, query: cursor ? { cursor } : {} });
    found = found.concat(page.doses);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

export interface Typed {
  readonly kind: string;
  readonly dose: string;
  readonly text: string;
}

/** What is missing before it can be sent; the service judges the rest. */
export function missing({ kind, dose, text }: Typed): { kind?: string; dose?: string; text?: string } {
  return {
    ...(kind ? {} : { kind: w().needKind }),
    ...(OF_A_DOSE.has(kind) && !dose ? { dose: w().needDose } : {}),
    ...(text.trim() ? {} : { text: w().needText }),
  };
}

function Filing({ certificate, kind: first, dose: named }: { certificate: string; kind: string; dose: string }) {
  const [typed, type] = useState<Typed>({ kind: first, dose: named, text: "" });
  const [checked, check] = useState(false);
  const [sent, tell] = useState<Report>();
  const act = useAct();
  const form = useRef<HTMLFormElement>(null);
  const intention = useRef(new Intention()).current;
  const ofDose = OF_A_DOSE.has(typed.kind);
  const doses = useLoad(ofDose ? `records/${certificate}/all` : "", () => allDoses(certificate), { again: false });
  const lacking = checked ? missing(typed) : {};
  useEffect(() => {
    if (act.problem) focusFirstFault(form.current);
  }, [act.problem]);

  const send = (): void => {
    check(true);
    if (Object.keys(missing(typed)).length) {
      focusFirstFault(form.current);
      return;
    }
    act.run(async () => {
      const body = { kind: typed.kind as Kind, text: typed.text, ...(ofDose ? { dose_id: typed.dose } : {}) };
      const made = await call("post", "/v1/certificates/{certificate_id}/reports", { path: { certificate_id: certificate }, body, key: intention.keyFor(body) });
      intention.done();
      forget(`reports/${certificate}`);
      tell(made);
    });
  };

  if (sent) return <Sent certificate={certificate} of={sent} />;
  const unnamed = act.problem && !act.problem.errors.length;
  return (
    <Screen
      title={w().create}
      foot={
        <Button busy={act.busy} onClick={send}>
          {w().submit}
        </Button>
      }
    >
      <Whose id={certificate} />
      <Notice>
        <p>{w().who}</p>
      </Notice>
      <form
        ref={form}
        class="card stack-wide"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Choice label={w().kind} value={typed.kind} onChange={(kind) => type({ ...typed, kind })} fault={lacking.kind ?? act.problem?.at("kind")} options={KINDS.map((value) => ({ value, label: kindOf(value) }))} />
        {ofDose && doses.problem && <Failure problem={doses.problem} onRetry={doses.reload} />}
        {ofDose && (
          <Choice
            label={w().dose}
            value={typed.dose}
            onChange={(dose) => type({ ...typed, dose })}
            fault={lacking.dose ?? act.problem?.at("dose_id")}
            options={(doses.data ?? []).map((dose) => ({ value: dose.dose_id, label: `${day(dose.date)} ${doseOf(dose)}` }))}
          />
        )}
        <Field
          label={w().text}
          hint={w().textHint(MOST_CHARACTERS - typed.text.length)}
          lines={5}
          maxLength={MOST_CHARACTERS}
          value={typed.text}
          onChange={(text) => type({ ...typed, text })}
          fault={lacking.text ?? act.problem?.at("text")}
        />
      </form>
      {act.problem && unnamed && <Failure problem={act.problem} onRetry={send} />}
    </Screen>
  );
}

function Sent({ certificate, of: report }: { certificate: string; of: Report }) {
  return (
    <Screen title={service().reports}>
      <section class="card stack">
        <div class="success stack-tight" role="status">
          <Icon name="good" size={56} />
          <h2>{w().sent}</h2>
          <p class="quiet">{w().sentText}</p>
        </div>
        <Case of={report} />
      </section>
      <Button onClick={() => go("reports", { certificate }, { replace: true })}>{w().view}</Button>
      <Hotline />
    </Screen>
  );
}
