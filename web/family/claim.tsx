/** 立即申领: the pop-up in which the personal information is checked and the consent given, purpose by purpose (R17-R19, D22). */
import { useRef, useState } from "preact/hooks";
import { call, get, type Answer } from "../shared/api/client";
import { Intention } from "../shared/api/intention";
import { forget, useLoad } from "../shared/api/load";
import { day } from "../shared/dates";
import { back, go } from "../shared/router";
import { isFresh } from "../shared/session";
import { settings } from "../shared/settings";
import { useAct } from "../shared/ui/act";
import { Tick } from "../shared/ui/field";
import { Icon } from "../shared/ui/icon";
import { Button, Facts, Notice, Skeleton } from "../shared/ui/parts";
import { Sheet } from "../shared/ui/sheet";
import { words } from "../shared/words";
import { Failure, Reverify } from "./failure";
import { OVERVIEW } from "./overview";
import { relationOf } from "./relations";
import { service } from "./words";

type Claimed = Answer<"/v1/certificates", "post">;

const w = words(
  {
    title: "核对个人信息",
    check: "请核对以下信息。如有误，请联系接种单位更正，次日生效。",
    consent: "知情同意",
    agree: "同意并申领",
    unticked: "请阅读知情同意书，并逐项勾选。",
    changed: "知情同意书已更新，请重新阅读并勾选。",
    done: "申领结果",
    open: "查看证件",
    authorize: "授权给家人",
    authorizeText: "家庭其他成员需要使用的，请通过证照授权进行授权。",
    finish: "完成",
    none: "未登记",
  },
  {
    title: "Check the information",
    check: "Please check. What is wrong is corrected by the vaccination unit and takes effect the next day.",
    consent: "Consent",
    agree: "Agree and claim",
    unticked: "Read the consent and tick each purpose.",
    changed: "The consent has changed: read it again and tick.",
    done: "Claimed",
    open: "Open it",
    authorize: "Authorise family",
    authorizeText: "Other members of the family use it by authorisation.",
    finish: "Done",
    none: "Not registered",
  },
);

export function ClaimSheet({ record }: { record: string }) {
  const fresh = isFresh(settings.verification_seconds);
  const { data, problem, loading, reload } = useLoad(fresh ? `claimable/${record}` : "", () => get("/v1/certificates/claimable/{record_id}", { path: { record_id: record } }));
  const [agreed, agree] = useState<readonly string[]>([]);
  const [fault, tell] = useState("");
  const [claimed, done] = useState<Claimed>();
  const act = useAct();
  const intention = useRef(new Intention());
  if (claimed) return <Success claimed={claimed} />;

  const claim = (): void => {
    if (!data) return;
    const missing = data.consent.purposes.some((purpose) => purpose.required && !agreed.includes(purpose.id));
    tell(missing ? w().unticked : "");
    if (missing) return;
    const body = { record_id: record, consent: { version: data.consent.version, purposes: [...agreed] } };
    act.run(async () => {
      try {
        const answer = await call("post", "/v1/certificates", { body, key: intention.current.keyFor(body) });
        forget(OVERVIEW);
        done(answer);
      } catch (error) {
        if ((error as { code?: string }).code !== "consent_outdated") throw error;
        agree([]);
        tell(w().changed);
        reload();
      }
    });
  };
  const foot = data && (
    <>
      {fault && (
        <p class="field-fault" role="alert">
          <Icon name="warn" size={16} />
          <span>{fault}</span>
        </p>
      )}
      <Button busy={act.busy} onClick={claim}>
        {w().agree}
      </Button>
    </>
  );
  return (
    <Sheet title={w().title} onClose={back} foot={foot}>
      {!fresh && <Reverify />}
      {problem && <Failure problem={problem} onRetry={reload} />}
      {act.problem && <Failure problem={act.problem} onRetry={claim} />}
      {fresh && !data && loading && <Skeleton count={2} />}
      {data && (
        <>
          <p>{w().check}</p>
          <Facts
            of={[
              [service().name_, data.name],
              [service().idNo, data.id_no ?? w().none],
              [service().born, day(data.birth_date)],
              [service().relation, relationOf(data.relation)],
            ]}
          />
          <div class="stack-tight">
            <h3>{w().consent}</h3>
            <div class="consent" tabIndex={0} role="region" aria-label={w().consent}>
              {data.consent.text}
            </div>
            {data.consent.purposes.map((purpose) => (
              <Tick key={purpose.id} checked={agreed.includes(purpose.id)} onChange={(yes) => agree(yes ? [...agreed, purpose.id] : agreed.filter((id) => id !== purpose.id))}>
                {purpose.text}
              </Tick>
            ))}
          </div>
        </>
      )}
    </Sheet>
  );
}

function Success({ claimed }: { claimed: Claimed }) {
  const to = (screen: string) => (): void => go(screen, { certificate: claimed.certificate_id }, { replace: true });
  return (
    <Sheet title={w().done} onClose={back}>
      <div class="success" role="status">
        <Icon name="good" size={64} />
        <h3>{claimed.message}</h3>
        <p class="quiet">{claimed.name}</p>
      </div>
      <Notice>{service().paper}</Notice>
      {claimed.kind === "child" && <p class="quiet">{w().authorizeText}</p>}
      <Button onClick={to("certificate")}>{w().open}</Button>
      {claimed.kind === "child" && (
        <Button kind="plain" onClick={to("grants")}>
          {w().authorize}
        </Button>
      )}
      <Button kind="link" onClick={back}>
        {w().finish}
      </Button>
    </Sheet>
  );
}
