/** The first screen: 待申领, 已申领, 被授权 (R16, R22, R36). It is the example of how a screen is made (web/README.md). */
import { useState } from "preact/hooks";
import { age, day } from "../../shared/dates";
import { go } from "../../shared/router";
import { Button, Empty, ErrorBox, Hotline, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Panel, Tabs } from "../../shared/ui/tabs";
import { words } from "../../shared/words";
import { useOverview, type Certificate, type Overview, type Person } from "../overview";
import { service } from "../words";

type Tab = "claimable" | "claimed" | "authorized";

const w = words(
  {
    lists: "我的证件",
    claimable: "待申领",
    claimed: "已申领",
    authorized: "被授权",
    claim: "立即申领",
    claimOf: (name: string) => `立即申领 ${name}`,
    open: "查看",
    openOf: (name: string) => `查看 ${name}`,
    emptyClaimable: "没有待申领的电子预防接种证",
    emptyClaimed: "还没有申领的电子预防接种证",
    emptyClaimedNext: "请在“待申领”中选择要申领的证件。",
    emptyAuthorized: "没有家人授权给您的电子预防接种证",
    emptyAuthorizedNext: "请申领人在“证照授权”中添加您。",
    next: "下一步：",
    status: { active: "正常", suspended: "已暂停", closed: "已关闭", released: "已注销" },
  },
  {
    lists: "My certificates",
    claimable: "To claim",
    claimed: "Claimed",
    authorized: "Authorised",
    claim: "Claim now",
    claimOf: (name: string) => `Claim now: ${name}`,
    open: "Open",
    openOf: (name: string) => `Open: ${name}`,
    emptyClaimable: "Nothing to claim",
    emptyClaimed: "Nothing claimed yet",
    emptyClaimedNext: "Choose one in “To claim”.",
    emptyAuthorized: "Nobody in your family has authorised you",
    emptyAuthorizedNext: "Ask the person who claimed it to add you under “Authorise family”.",
    next: "Next: ",
    status: { active: "Active", suspended: "Suspended", closed: "Closed", released: "Released" },
  },
);

export default function Home() {
  const { data, problem, loading, reload } = useOverview();
  const [chosen, choose] = useState<Tab>();
  const tab = chosen ?? (data && !data.claimable.length ? (data.claimed.length || !data.authorized.length ? "claimed" : "authorized") : "claimable");
  const label = (id: Tab): string => `${w()[id]}${data?.[id].length ? ` ${data[id].length}` : ""}`;
  return (
    <Screen title={service().name} root>
      {problem && <ErrorBox problem={problem} onRetry={reload} />}
      {!data && loading && <Skeleton />}
      {data && (
        <>
          <Tabs label={w().lists} current={tab} onChange={choose} tabs={(["claimable", "claimed", "authorized"] as const).map((id) => ({ id, label: label(id) }))} />
          <Panel id={tab}>
            {tab === "claimable" && <Claimable of={data} />}
            {tab === "claimed" && data.claimed.map((one) => <Held key={one.certificate_id} certificate={one} />)}
            {tab === "claimed" && !data.claimed.length && <Empty title={w().emptyClaimed}>{w().emptyClaimedNext}</Empty>}
            {tab === "authorized" && data.authorized.map((one) => <Held key={one.certificate_id} certificate={one} />)}
            {tab === "authorized" && !data.authorized.length && <Empty title={w().emptyAuthorized}>{w().emptyAuthorizedNext}</Empty>}
          </Panel>
        </>
      )}
      <Hotline />
    </Screen>
  );
}

function Claimable({ of }: { of: Overview }) {
  return (
    <>
      {of.claimable.map((person) => (
        <article key={person.record_id} class="card stack">
          <Who person={person} />
          <Button label={w().claimOf(person.name)} onClick={() => go("claim", { record: person.record_id })}>
            {w().claim}
          </Button>
        </article>
      ))}
      {of.notices.map((notice) => (
        <Notice key={notice.code + (notice.record_id ?? "")} tone="warn" title={notice.name ? `${notice.name}：${notice.title}` : notice.title}>
          <p>{notice.detail}</p>
          <p>{w().next + notice.next_step}</p>
        </Notice>
      ))}
      {!of.claimable.length && !of.notices.length && <Empty title={w().emptyClaimable} />}
    </>
  );
}

function Held({ certificate }: { certificate: Certificate }) {
  return (
    <article class="card stack">
      <Who person={certificate} status={certificate.status} />
      <Button kind="plain" label={w().openOf(certificate.name)} onClick={() => go("certificate", { certificate: certificate.certificate_id })}>
        {w().open}
      </Button>
    </article>
  );
}

function Who({ person, status }: { person: Person | Certificate; status?: Certificate["status"] }) {
  return (
    <div class="person">
      <div class="person-main">
        <h2 class="person-name">{person.name}</h2>
        <p class="quiet small">
          {day(person.birth_date)} · {age(person.birth_date)} · {person.relation}
        </p>
      </div>
      {status && <Tag tone={status === "active" ? "good" : "warn"}>{w().status[status]}</Tag>}
    </div>
  );
}
