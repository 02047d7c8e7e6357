/** 接种提醒: switched on by a consent of its own, switched off at once (D22). */
import { useState } from "preact/hooks";
import { call, get } from "../../shared/api/client";
import { forget, useLoad } from "../../shared/api/load";
import { day } from "../../shared/dates";
import { type Params } from "../../shared/router";
import { useAct } from "../../shared/ui/act";
import { Tick } from "../../shared/ui/field";
import { Button, Notice, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { toast } from "../../shared/ui/toast";
import { words } from "../../shared/words";
import { Failure } from "../failure";
import { offered, tellPlatform } from "../subscribing";
import { Whose } from "../whose";
import { service } from "../words";

const w = words(
  {
    about: "开启后，到了接种时间、预约前一天、反馈有结果或被授权人改约时，由苏服办提醒您，每天最多一条，消息里没有个人信息。",
    isOn: "已开启",
    since: (when: string) => `${when}同意`,
    on: "同意并开启",
    off: "关闭提醒",
    done: "已开启提醒",
    ended: "已关闭提醒",
    again: "没有收到？去苏服办开通消息",
    told: { subscribed: "苏服办已开通消息", unsubscribed: "苏服办已停发消息", declined: "尚未在苏服办开通消息，暂时收不到提醒。" },
  },
  {
    about: "When a dose is due, on the day before an appointment, when a report has an answer or a delegate changed an appointment, the platform reminds you: once a day at most, with no personal data in the message.",
    isOn: "Reminders are on",
    since: (when: string) => `Agreed ${when}`,
    on: "Agree and switch on",
    off: "Switch off",
    done: "Reminders are on",
    ended: "Reminders are off",
    again: "Nothing came? Let Su Fu Ban send them",
    told: { subscribed: "Su Fu Ban will send them", unsubscribed: "Su Fu Ban sends them no more", declined: "Su Fu Ban may not send them yet: you will get none." },
  },
);

export default function RemindersScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const route = "/v1/certificates/{certificate_id}/reminders";
  const path = { certificate_id: id };
  const { data, problem, loading, reload } = useLoad(`reminders/${id}`, () => get(route, { path }));
  const [agreed, agree] = useState(false);
  const act = useAct();
  const told = (w().told as Readonly<Record<string, string>>)[params["told"] ?? ""];
  const turn = (on: boolean): void =>
    act.run(async () => {
      const body = { consent: { version: data?.consent.version ?? "", purposes: ["reminders"] } };
      const { reminder_id } = on ? await call("put", route, { path, body }) : await call("delete", route, { path });
      agree(false);
      forget(`reminders/${id}`);
      if (reminder_id && offered()) tellPlatform(reminder_id, on);
      else toast(on ? w().done : w().ended);
    });
  return (
    <Screen title={service().reminders}>
      <Whose id={id} />
      <p>{w().about}</p>
      {told && <Notice tone={told === w().told.declined ? "warn" : "good"}>{told}</Notice>}
      {problem && <Failure problem={problem} onRetry={reload} />}
      {!data && loading && <Skeleton />}
      {data?.on && (
        <>
          <Notice tone="good" title={w().isOn}>
            {data.agreed_at && w().since(day(data.agreed_at))}
          </Notice>
          {data.reminder_id && offered() && params["told"] !== "subscribed" && <Again id={data.reminder_id} />}
          <Button kind="plain" busy={act.busy} onClick={() => turn(false)}>
            {w().off}
          </Button>
        </>
      )}
      {data && !data.on && (
        <>
          <div class="consent" tabIndex={0} role="region" aria-label={service().reminders}>
            {data.consent.text}
          </div>
          {data.consent.purposes.map((purpose) => (
            <Tick key={purpose.id} checked={agreed} onChange={agree}>
              {purpose.text}
            </Tick>
          ))}
          <Button busy={act.busy} onClick={() => agreed && turn(true)}>
            {w().on}
          </Button>
        </>
      )}
      {act.problem && <Failure problem={act.problem} />}
    </Screen>
  );
}

function Again({ id }: { id: string }) {
  return (
    <Button kind="plain" onClick={() => tellPlatform(id, true)}>
      {w().again}
    </Button>
  );
}
