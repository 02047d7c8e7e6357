/** One certificate: who it is of, what can be done with it, and why not if it is suspended or closed (D5-D7, D16). */
import { useState } from "preact/hooks";
import { call } from "../../shared/api/client";
import { forget } from "../../shared/api/load";
import { day } from "../../shared/dates";
import { go, type Params } from "../../shared/router";
import { isFresh } from "../../shared/session";
import { settings } from "../../shared/settings";
import { useAct } from "../../shared/ui/act";
import { Icon, type IconName } from "../../shared/ui/icon";
import { Button, Empty, Hotline, List, Notice, Row, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Sheet } from "../../shared/ui/sheet";
import { toast } from "../../shared/ui/toast";
import { common } from "../../shared/ui/words";
import { words } from "../../shared/words";
import { Failure, Reverify } from "../failure";
import { find, OVERVIEW, useOverview, type Certificate } from "../overview";
import { relationOf } from "../relations";
import { exists } from "../screens";
import { service } from "../words";

const w = words(
  {
    cover: "江苏省电子预防接种证",
    claimed: (when: string) => `${when}申领`,
    authorized: "由申领人授权给您使用",
    grantsText: "授权给家人使用",
    recordsText: "按时间或疫苗查看",
    planText: "可接种、应补种和下一次",
    bookingText: "选择门诊、日期和时段",
    documentsText: "打印接种记录、入学查验证明",
    reportsText: "信息有误或遇到问题",
    accessText: "查询和扫码记录",
    remindersText: "到期接种和预约提醒",
    adult: "成人的电子预防接种证仅供本人使用，不可以授权。",
    gone: "没有找到这张电子预防接种证",
    goneNext: "它可能已注销，或授权已结束。请返回列表查看。",
    home: "返回列表",
    closed: "这张电子预防接种证已关闭",
    closedText: "它不能再用于亮码和查询。年满成人年龄的，可由本人按成人条件申领；如有疑问，请联系接种单位。",
    suspended: "这张电子预防接种证已暂停使用",
    suspendedText: "请联系接种单位核实档案信息，更正后次日恢复。",
    release: "注销电子预防接种证",
    releaseText: "注销后，授权和已出示的码立即失效，已约的号将取消。接种单位的档案和纸质接种证不受影响；符合条件的监护人可以重新申领。",
    releaseYes: "确认注销",
    released: "已注销",
    leave: "退出授权",
    leaveText: (name: string) => `退出后，您不能再查看和使用${name}的电子预防接种证。需要时，请申领人重新授权。`,
    leaveYes: "确认退出",
    left: "已退出授权",
  },
  {
    cover: "Jiangsu electronic vaccination certificate",
    claimed: (when: string) => `Claimed ${when}`,
    authorized: "The claimant has authorised you",
    grantsText: "Let members of your family use it",
    recordsText: "By date or by vaccine",
    planText: "What is due, missing and next",
    bookingText: "Choose clinic, day and time",
    documentsText: "Records and school entry on paper",
    reportsText: "Something is wrong or does not work",
    accessText: "Who looked and who scanned",
    remindersText: "Of doses due and appointments",
    adult: "An adult's certificate is for its holder alone and cannot be authorised.",
    gone: "This certificate was not found",
    goneNext: "It may have been released, or your authorisation has ended. Go back to the list.",
    home: "Back to the list",
    closed: "This certificate is closed",
    closedText: "It serves no more to show a code or to look up. Who has come of age can claim as an adult; if in doubt, ask the vaccination unit.",
    suspended: "This certificate is suspended",
    suspendedText: "Ask the vaccination unit to check the archive; once corrected, it is back the next day.",
    release: "Release the certificate",
    releaseText: "Authorisations and codes already shown end at once, and an appointment is given up. The vaccination unit's archive and the paper certificate stay; a registered guardian can claim again.",
    releaseYes: "Release",
    released: "Released",
    leave: "Give the authorisation back",
    leaveText: (name: string) => `You will no longer see or use the certificate of ${name}. The claimant can authorise you again.`,
    leaveYes: "Give it back",
    left: "You have given the authorisation back",
  },
);

export default function CertificateScreen({ params }: { params: Params }) {
  const { data, problem, loading, reload } = useOverview();
  const [asked, ask] = useState<"release" | "leave">();
  const found = find(data, params["certificate"]);
  if (!found) {
    return (
      <Screen title={service().certificate}>
        {problem && <Failure problem={problem} onRetry={reload} />}
        {!data && loading && <Skeleton />}
        {data && (
          <Empty icon="shield" title={w().gone}>
            <p>{w().goneNext}</p>
            <Button onClick={() => go("home", {}, { replace: true })}>{w().home}</Button>
          </Empty>
        )}
      </Screen>
    );
  }
  const { certificate, mine } = found;
  const active = certificate.status === "active";
  const reason = data?.notices.find((notice) => notice.record_id === certificate.record_id && notice.code.startsWith("suspended"));
  return (
    <Screen title={service().certificate}>
      <Card certificate={certificate} mine={mine} />
      {certificate.status === "suspended" && (
        <Notice tone="warn" title={reason?.title ?? w().suspended}>
          <p>{reason?.detail ?? w().suspendedText}</p>
          {reason && <p>{common().next + reason.next_step}</p>}
        </Notice>
      )}
      {certificate.status === "closed" && (
        <Notice tone="warn" title={w().closed}>
          {w().closedText}
        </Notice>
      )}
      {active && <Ways certificate={certificate} mine={mine} />}
      {active && certificate.kind === "adult" && <p class="quiet small">{w().adult}</p>}
      {active && <p class="quiet small">{service().paper}</p>}
      {mine && certificate.status !== "closed" && (
        <Button kind="danger" onClick={() => ask("release")}>
          {w().release}
        </Button>
      )}
      {!mine && (
        <Button kind="danger" onClick={() => ask("leave")}>
          {w().leave}
        </Button>
      )}
      <Hotline />
      {asked && <Ending certificate={certificate} kind={asked} onClose={() => ask(undefined)} />}
    </Screen>
  );
}

function Card({ certificate, mine }: { certificate: Certificate; mine: boolean }) {
  return (
    <section class={`cover${certificate.status === "active" ? "" : " cover-off"}`} aria-label={certificate.name}>
      <p class="small">{w().cover}</p>
      <p class="cover-name">
        {certificate.name} <span class="cover-tag">{certificate.kind === "child" ? service().child : service().adult}</span>
      </p>
      <p>{day(certificate.birth_date)}</p>
      {certificate.id_no && <p>{certificate.id_no}</p>}
      <p class="small">{mine ? `${relationOf(certificate.relation)} · ${w().claimed(day(certificate.claimed_at))}` : `${relationOf(certificate.relation)} · ${w().authorized}`}</p>
    </section>
  );
}

function Ways({ certificate, mine }: { certificate: Certificate; mine: boolean }) {
  const to = (screen: string) => (): void => go(screen, { certificate: certificate.certificate_id });
  const ways: readonly (readonly [screen: "records" | "plan" | "booking" | "grants" | "documents" | "reports" | "access" | "reminders", icon: IconName, text: string, shown: boolean])[] = [
    ["records", "list", w().recordsText, true],
    ["plan", "plan", w().planText, true],
    ["booking", "calendar", w().bookingText, true],
    ["grants", "family", w().grantsText, mine && certificate.kind === "child"],
    ["documents", "print", w().documentsText, true],
    ["reports", "report", w().reportsText, true],
    ["reminders", "bell", w().remindersText, true],
    ["access", "eye", w().accessText, mine],
  ];
  return (
    <>
      <Button onClick={to("code")}>
        <Icon name="code" size={20} />
        <span class="beside">{service().code}</span>
      </Button>
      <List>
        {ways.filter(([screen, , , shown]) => shown && exists(screen)).map(([screen, icon, text]) => (
          <Row key={screen} icon={icon} title={service()[screen]} detail={text} onClick={to(screen)} />
        ))}
      </List>
    </>
  );
}

/** 注销 by the claimant, leaving by a delegate: both say first what ends. */
function Ending({ certificate, kind, onClose }: { certificate: Certificate; kind: "release" | "leave"; onClose: () => void }) {
  const act = useAct();
  const releasing = kind === "release";
  const path = { certificate_id: certificate.certificate_id };
  const end = (): void =>
    act.run(async () => {
      if (releasing) await call("delete", "/v1/certificates/{certificate_id}", { path });
      else await call("delete", "/v1/certificates/{certificate_id}/delegation", { path });
      toast(releasing ? w().released : w().left);
      go("home", {}, { replace: true });
      forget(OVERVIEW);
    });
  const stale = releasing && !isFresh(settings.verification_seconds);
  const foot = !stale && (
    <>
      <Button kind="danger" busy={act.busy} onClick={end}>
        {releasing ? w().releaseYes : w().leaveYes}
      </Button>
      <Button kind="link" onClick={onClose}>
        {service().keep}
      </Button>
    </>
  );
  return (
    <Sheet title={releasing ? w().release : w().leave} onClose={onClose} foot={foot}>
      <p>{releasing ? w().releaseText : w().leaveText(certificate.name)}</p>
      {stale && <Reverify />}
      {act.problem && <Failure problem={act.problem} onRetry={end} />}
    </Sheet>
  );
}
