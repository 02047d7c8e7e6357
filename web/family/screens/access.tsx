/** 谁看过 (D11): who looked and who scanned, when and where; for the claimant. */
import { get, type Answer } from "../../shared/api/client";
import { useLoad } from "../../shared/api/load";
import { usePages } from "../../shared/api/pages";
import { time, weekday } from "../../shared/dates";
import { type Params } from "../../shared/router";
import { Icon, type IconName } from "../../shared/ui/icon";
import { More } from "../../shared/ui/more";
import { Empty, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { allClinics, CLINICS } from "../clinics";
import { runs } from "../doses";
import { Failure } from "../failure";
import { relationOf } from "../relations";
import { dateOf } from "../slots";
import { Whose } from "../whose";
import { service } from "../words";

type Entry = Answer<"/v1/certificates/{certificate_id}/access-log">["entries"][number];

const w = words(
  {
    about: "这里列出谁查看过、谁扫过这张电子预防接种证的码。您自己同一天的查看合为一行。发现不认识的，请在“证照授权”中取消授权，或拨打客服电话。",
    none: "还没有查看或扫码记录",
    noneText: "有人查看接种记录，或在门诊扫码后，会显示在这里。",
    you: "您",
    read: "查看接种记录",
    move: "改约",
    cancel: "取消预约",
    document: "出具或打印文书",
    lookup: "受理咨询时查询申领情况",
    operator: "服务人员",
    scan: { ticket: "取号扫码", registration: "登记扫码", vaccination: "接种扫码", observation: "留观扫码" },
    scanned: "扫码",
    refused: "未通过",
    showed: (who: string) => `${who}亮码`,
    delegate: "被授权人",
    times: (n: number) => `共 ${n} 次`,
  },
  {
    about: "Who looked at this certificate and who scanned its code. Your own looks of a day are one line. If you do not know somebody, end the authorisation, or call the hotline.",
    none: "Nobody has looked or scanned yet",
    noneText: "Who looks at the records, and every scan at a clinic, will stand here.",
    you: "You",
    read: "Looked at the records",
    move: "Moved the appointment",
    cancel: "Cancelled the appointment",
    document: "Issued or printed a paper",
    lookup: "Looked up what can be claimed, for a caller",
    operator: "The service",
    scan: { ticket: "Scanned for the ticket", registration: "Scanned at registration", vaccination: "Scanned at vaccination", observation: "Scanned at observation" },
    scanned: "Scanned",
    refused: "Refused",
    showed: (who: string) => `shown by ${who}`,
    delegate: "Delegate",
    times: (n: number) => `${n} times`,
  },
);

const ICONS: Record<Entry["kind"], IconName> = { read: "eye", scan: "code", move: "calendar", cancel: "calendar", document: "print", lookup: "help" };

/** Who it was: the caller, or a delegate by name while the grant lasts, by relation after it (D7, D22). */
function whoOf(entry: Entry): string {
  if (entry.who === "claimant") return w().you;
  if (entry.who === "operator") return w().operator;
  const relation = entry.relation ? relationOf(entry.relation) : w().delegate;
  return entry.name ? `${entry.name}（${relation}）` : relation;
}

function whatOf(entry: Entry): string {
  if (entry.kind !== "scan") return w()[entry.kind];
  return entry.station ? w().scan[entry.station] : w().scanned;
}

/** A day's lines: one's own looks are one, where the last of them stands, with their number; everybody else's stay each (D11). */
export function lines(ofDay: readonly Entry[]): { readonly entry: Entry; readonly times: number }[] {
  const own = (entry: Entry): boolean => entry.who === "claimant" && entry.kind === "read";
  const first = ofDay.findIndex(own);
  return ofDay.filter((entry, n) => n === first || !own(entry)).map((entry) => ({ entry, times: own(entry) ? ofDay.filter(own).length : 1 }));
}

export default function AccessScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const list = usePages(`access/${id}`, (cursor) =>
    get("/v1/certificates/{certificate_id}/access-log", { path: { certificate_id: id }, query: cursor ? { cursor } : {} }),
  );
  const entries = list.pages.reduce<readonly Entry[]>((all, page) => all.concat(page.entries), []);
  const scanned = entries.some((entry) => entry.clinic_code);
  const clinics = useLoad(scanned ? CLINICS : "", allClinics, { again: false }).data;
  const clinicOf = (code: string): string => clinics?.find((one) => one.clinic_code === code)?.name ?? code;
  return (
    <Screen title={service().access}>
      <Whose id={id} />
      {list.problem && <Failure problem={list.problem} onRetry={list.reload} />}
      {!list.data && list.loading && <Skeleton />}
      {list.data && <p class="quiet small">{w().about}</p>}
      {list.data && !entries.length && (
        <Empty icon="eye" title={w().none}>
          <p>{w().noneText}</p>
        </Empty>
      )}
      {runs(entries, (entry) => dateOf(entry.at)).map(({ key, items }) => (
        <section key={key} class="stack-tight">
          <h2 class="group">{weekday(key)}</h2>
          <ul class="rows">
            {lines(items).map(({ entry, times }, n) => (
              <li key={`${entry.at}${n}`} class="row">
                <span class="row-icon">
                  <Icon name={ICONS[entry.kind]} />
                </span>
                <span class="row-main">
                  <span>{entry.kind === "scan" ? whatOf(entry) : `${whoOf(entry)} ${whatOf(entry)}`}</span>
                  <span class="quiet small row-detail">
                    {[entry.clinic_code && clinicOf(entry.clinic_code), entry.kind === "scan" && w().showed(whoOf(entry)), times > 1 && w().times(times)].filter(Boolean).join(" · ")}
                  </span>
                </span>
                <span class="row-end small">
                  {entry.kind === "scan" && entry.result && entry.result !== "accepted" && <Tag tone="bad">{w().refused}</Tag>} {time(entry.at)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <More of={list} />
    </Screen>
  );
}
