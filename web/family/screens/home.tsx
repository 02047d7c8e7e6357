/** The first screen: what is to be done, then 待申领, 已申领 and 被授权 (R16, R22, R36). web/README.md takes it as its example. */
import { useState } from "preact/hooks";
import { age, day } from "../../shared/dates";
import { go, type Params } from "../../shared/router";
import { session } from "../../shared/session";
import { Icon } from "../../shared/ui/icon";
import { Button, Empty, ErrorBox, Hotline, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Panel, Tabs } from "../../shared/ui/tabs";
import { common } from "../../shared/ui/words";
import { words } from "../../shared/words";
import { ClaimSheet } from "../claim";
import { apart, useOverview, type Certificate, type Overview, type Person } from "../overview";
import { Agenda } from "../agenda";
import { relationOf } from "../relations";
import { service } from "../words";

type Tab = "claimable" | "claimed" | "authorized";
const TABS: readonly Tab[] = ["claimable", "claimed", "authorized"];

const w = words(
  {
    hello: (name: string) => `${name}，您好`,
    lists: "我的证件",
    claimable: "待申领",
    claimed: "已申领",
    authorized: "被授权",
    claim: "立即申领",
    of: (what: string, name: string) => `${what} ${name}`,
    open: "查看详情",
    emptyClaimable: "没有待申领的电子预防接种证",
    emptyClaimableNext: "查看“常见问题”，了解申领对象和原因。",
    emptyClaimed: "还没有申领的电子预防接种证",
    emptyClaimedNext: "请在“待申领”中选择要领取的电子预防接种证。",
    emptyAuthorized: "没有家人授权给您的电子预防接种证",
    emptyAuthorizedNext: "需要使用时，请申领人在“证照授权”中添加您。",
    status: { active: "正常", suspended: "已暂停", closed: "已关闭", released: "已注销" },
  },
  {
    hello: (name: string) => `Hello, ${name}`,
    lists: "My certificates",
    claimable: "To claim",
    claimed: "Claimed",
    authorized: "For family",
    claim: "Claim now",
    of: (what: string, name: string) => `${what}: ${name}`,
    open: "Details",
    emptyClaimable: "Nothing to claim",
    emptyClaimableNext: "“Questions” explains who can claim, and what may be missing.",
    emptyClaimed: "Nothing claimed yet",
    emptyClaimedNext: "Choose one under “To claim”.",
    emptyAuthorized: "Nobody has authorised you",
    emptyAuthorizedNext: "Ask the person who claimed it to add you under “Authorise family”.",
    status: { active: "Active", suspended: "Suspended", closed: "Closed", released: "Released" },
  },
);

export default function Home({ params }: { params: Params }) {
  const { data, problem, loading, reload } = useOverview();
  const [chosen, choose] = useState<Tab>();
  const tab = chosen ?? firstTab(data);
  const label = (id: Tab): string => `${w()[id]}${data?.[id].length ? ` ${data[id].length}` : ""}`;
  const action = (
    <>
      <button type="button" class="bar-button" aria-label={service().faq} onClick={() => go("faq")}>
        <Icon name="help" />
      </button>
      <button type="button" class="bar-button" aria-label={service().settings} onClick={() => go("settings")}>
        <Icon name="gear" />
      </button>
    </>
  );
  return (
    <Screen title={service().name} root action={action}>
      <p class="hello">
        {w().hello(session()?.name ?? "")} <Tag>{service().pilot}</Tag>
      </p>
      {problem && <ErrorBox problem={problem} onRetry={reload} />}
      {!data && loading && <Skeleton />}
      {data && (
        <>
          <Agenda overview={data} />
          <Tabs label={w().lists} current={tab} onChange={choose} tabs={TABS.map((id) => ({ id, label: label(id) }))} />
          <Panel id={tab}>
            {tab === "claimable" && <Claimable of={data} />}
            {tab === "claimed" && data.claimed.map((one) => <Held key={one.certificate_id} of={data} certificate={one} />)}
            {tab === "claimed" && !data.claimed.length && <Empty title={w().emptyClaimed}>{w().emptyClaimedNext}</Empty>}
            {tab === "authorized" && data.authorized.map((one) => <Held key={one.certificate_id} of={data} certificate={one} />)}
            {tab === "authorized" && !data.authorized.length && (
              <Empty icon="family" title={w().emptyAuthorized}>
                {w().emptyAuthorizedNext}
              </Empty>
            )}
          </Panel>
          {params["claim"] && <ClaimSheet record={params["claim"]} />}
        </>
      )}
      <p class="quiet small">{service().paper}</p>
      <Hotline />
    </Screen>
  );
}

/** 待申领 until something is claimed, 已申领 from then on; who has nothing of their own sees what was given to them. */
function firstTab(data: Overview | undefined): Tab {
  if (data?.claimed.length) return "claimed";
  return data?.authorized.length && !data.claimable.length ? "authorized" : "claimable";
}

function Claimable({ of }: { of: Overview }) {
  return (
    <>
      {of.claimable.map((person) => (
        <article key={person.record_id} class="card stack">
          <Who of={of} person={person} />
          <Button label={w().of(w().claim, person.name)} onClick={() => go("home", { claim: person.record_id })}>
            {w().claim}
          </Button>
        </article>
      ))}
      {of.notices.map((notice) => (
        <Notice key={notice.code + (notice.record_id ?? "")} tone="warn" title={notice.name ? `${notice.name}：${notice.title}` : notice.title}>
          <p>{notice.detail}</p>
          <p>{common().next + notice.next_step}</p>
        </Notice>
      ))}
      {!of.claimable.length && !of.notices.length && <Empty title={w().emptyClaimable}>{w().emptyClaimableNext}</Empty>}
    </>
  );
}

function Held({ of, certificate }: { of: Overview; certificate: Certificate }) {
  const { certificate_id: id, name, status } = certificate;
  const to = (screen: string) => (): void => go(screen, { certificate: id });
  const open = (
    <Button kind="plain" label={w().of(w().open, name)} onClick={to("certificate")}>
      {w().open}
    </Button>
  );
  return (
    <article class="card stack">
      <Who of={of} person={certificate} status={status} />
      {status === "active" ? (
        <>
          <Button label={w().of(service().code, name)} onClick={to("code")}>
            <Icon name="code" size={20} />
            <span class="beside">{service().code}</span>
          </Button>
          <div class="tiles">
            {(["records", "plan", "booking"] as const).map((screen) => (
              <button key={screen} type="button" class="tile" aria-label={w().of(service()[screen], name)} onClick={to(screen)}>
                <Icon name={screen === "records" ? "list" : screen === "plan" ? "plan" : "calendar"} />
                <span>{service()[screen]}</span>
              </button>
            ))}
            <button type="button" class="tile" aria-label={w().of(w().open, name)} onClick={to("certificate")}>
              <Icon name="more" />
              <span>{w().open}</span>
            </button>
          </div>
        </>
      ) : (
        open
      )}
    </article>
  );
}

function Who({ of, person, status }: { of: Overview; person: Person | Certificate; status?: Certificate["status"] }) {
  return (
    <div class="person">
      <span class="avatar" aria-hidden="true">
        {/* A family shares its surname; a character may be two units long. */}
        {Array.from(person.name).pop()}
      </span>
      <div class="person-main">
        <h2 class="person-name">
          {person.name}
          <span class="quiet small">{apart(of, person)}</span>
        </h2>
        <p class="quiet small">{`${relationOf(person.relation)} · ${age(person.birth_date)} · ${day(person.birth_date)}`}</p>
      </div>
      {status && <Tag tone={status === "active" ? "good" : "warn"}>{w().status[status]}</Tag>}
    </div>
  );
}
