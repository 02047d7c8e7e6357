/** 证照授权: to whom a child's certificate is given, 添加授权, 确认授权, changing a phone, ending it (R22-R27, D7, D17, D22). */
import { useRef, useState } from "preact/hooks";
import { call, get, type Answer } from "../../shared/api/client";
import { Intention } from "../../shared/api/intention";
import { forget, useLoad } from "../../shared/api/load";
import type { Problem } from "../../shared/api/problem";
import { day, moment, today } from "../../shared/dates";
import { type Params } from "../../shared/router";
import { isFresh } from "../../shared/session";
import { settings } from "../../shared/settings";
import { useAct } from "../../shared/ui/act";
import { Choice, Field, focusFirstFault } from "../../shared/ui/field";
import { Button, Empty, Facts, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Sheet } from "../../shared/ui/sheet";
import { toast } from "../../shared/ui/toast";
import { words } from "../../shared/words";
import { Failure, Reverify } from "../failure";
import { find, useOverview } from "../overview";
import { RELATIONS, relationOf, relationWords } from "../relations";
import { service } from "../words";

type Grant = Answer<"/v1/certificates/{certificate_id}/grants">["grants"][number];
const GRANTS = "/v1/certificates/{certificate_id}/grants" as const;
const GRANT = "/v1/certificates/{certificate_id}/grants/{grant_id}" as const;
const NAMES = ["id_no", "name", "relation", "phone", "expires_on"] as const;
type Name = (typeof NAMES)[number];
type Form = Record<Name, string>;
const BLANK: Form = { id_no: "", name: "", relation: "", phone: "", expires_on: "" };
/** Refusals that are about whom the number names. */
const ABOUT_NUMBER = new Set(["identity_number_invalid", "delegate_is_self", "delegate_underage", "already_authorized"]);

const w = words(
  {
    of: (name: string) => `${name}的电子预防接种证`,
    text: (limit: number) => `家庭其他成员需要使用的，请授权给本人。最多可授权给${limit}人，已结束的不计入。被授权人可以亮码接种、查询记录和预约接种，不能再授权、注销。`,
    count: (n: number, limit: number) => `已授权 ${n} / ${limit} 人`,
    full: (limit: number) => `授权最多只能授权给${limit}人。需要添加时，请先撤销一项授权。`,
    none: "还没有授权给任何人",
    noneNext: "点击“添加授权”，填写被授权人的信息。",
    add: "添加授权",
    ask: "添加前，请征得被授权人同意。",
    id_no: "身份证号",
    name: "姓名",
    relation: "授权关系",
    phone: "手机号码",
    expires_on: "有效期至",
    idHint: "被授权人的居民身份证、港澳台居民居住证或外国人永久居留身份证号码",
    nameHint: "须与被授权人在苏服办实名认证的姓名一致",
    expiresHint: "不填则长期有效，您可以随时撤销",
    needed: (what: string) => `请填写${what}`,
    confirm: "确认授权",
    done: (name: string) => `已授权给${name}`,
    status: { active: "有效", name_mismatch: "姓名不一致", revoked: "已撤销", expired: "已到期" },
    mismatch: "被授权人在苏服办认证的姓名与您填写的不一致，暂时无法使用。请撤销后按认证姓名重新授权。",
    since: "授权时间",
    until: "有效期",
    always: "长期有效",
    used: "最近使用",
    unused: "未使用",
    ended: "已结束的授权",
    change: "更换手机号",
    newPhone: "新的手机号码",
    save: "保存",
    saved: "手机号码已更换",
    revoke: "撤销授权",
    revokeText: (name: string) => `撤销后，${name}立即不能再使用这张电子预防接种证，已出示的码同时失效。`,
    revokeYes: "确认撤销",
    revoked: (name: string) => `已撤销对${name}的授权`,
    whose: (what: string, name: string) => `${what} ${name}`,
  },
  {
    of: (name: string) => `Certificate of ${name}`,
    text: (limit: number) => `Authorise the members of your family who need it: ${limit} people at most, not counting authorisations that have ended. They can show the code, look up and book; they cannot authorise or release.`,
    count: (n: number, limit: number) => `${n} of ${limit} authorised`,
    full: (limit: number) => `You can authorise ${limit} people at most. End one authorisation first.`,
    none: "Nobody is authorised yet",
    noneNext: "Choose “Add” and enter who it is.",
    add: "Add",
    ask: "Please ask the person first.",
    id_no: "Identity number",
    name: "Name",
    relation: "Relation",
    phone: "Mobile number",
    expires_on: "Valid until",
    idHint: "Of a resident identity card, a residence permit or a permanent resident's card",
    nameHint: "As the person is verified in Su Fu Ban",
    expiresHint: "Without a date it has no end; you can end it at any time",
    needed: (what: string) => `Enter: ${what}`,
    confirm: "Authorise",
    done: (name: string) => `${name} is authorised`,
    status: { active: "Active", name_mismatch: "Name differs", revoked: "Ended", expired: "Expired" },
    mismatch: "The name verified in Su Fu Ban is not the one you entered, so that it cannot be used. End it and authorise again by the verified name.",
    since: "Since",
    until: "Until",
    always: "No end",
    used: "Last used",
    unused: "Never",
    ended: "Ended",
    change: "Change phone",
    newPhone: "New mobile number",
    save: "Save",
    saved: "The number was changed",
    revoke: "End it",
    revokeText: (name: string) => `${name} can no longer use this certificate from now on; a code already shown ends too.`,
    revokeYes: "End the authorisation",
    revoked: (name: string) => `${name} is no longer authorised`,
    whose: (what: string, name: string) => `${what}: ${name}`,
  },
);

/** A grant that has ended keeps no name (D22). */
const nameOf = (grant: Grant): string => grant.name ?? relationOf(grant.relation);
const counts = (grant: Grant): boolean => grant.status === "active" || grant.status === "name_mismatch";

export default function Grants({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const { data, problem, loading, reload } = useLoad(`grants/${id}`, () => get(GRANTS, { path: { certificate_id: id } }));
  const name = find(useOverview().data, id)?.certificate.name;
  const [open, show] = useState<"add" | { readonly kind: "change" | "revoke"; readonly grant: Grant }>();
  const current = data?.grants.filter(counts) ?? [];
  const ended = data?.grants.filter((grant) => !counts(grant)) ?? [];
  const limit = settings.grant_limit;
  const close = (): void => show(undefined);
  return (
    <Screen title={service().grants} foot={data && current.length < limit && <Button onClick={() => show("add")}>{w().add}</Button>}>
      <div class="stack-tight">
        {name && <h2 class="card-title">{w().of(name)}</h2>}
        <p class="quiet small">{w().text(limit)}</p>
      </div>
      {problem && <Failure problem={problem} onRetry={reload} />}
      {!data && loading && <Skeleton />}
      {data && current.length >= limit && <Notice tone="warn">{w().full(limit)}</Notice>}
      {data && current.length > 0 && <p class="small">{w().count(current.length, limit)}</p>}
      {data && !current.length && (
        <Empty icon="family" title={w().none}>
          {w().noneNext}
        </Empty>
      )}
      {current.map((grant) => (
        <One key={grant.grant_id} grant={grant} onChange={() => show({ kind: "change", grant })} onRevoke={() => show({ kind: "revoke", grant })} />
      ))}
      {ended.length > 0 && (
        <section class="stack" aria-labelledby="ended">
          <h2 id="ended" class="card-title">
            {w().ended}
          </h2>
          {ended.map((grant) => (
            <One key={grant.grant_id} grant={grant} />
          ))}
        </section>
      )}
      {open === "add" && <Add certificate={id} onClose={close} />}
      {typeof open === "object" && open.kind === "change" && <Change certificate={id} grant={open.grant} onClose={close} />}
      {typeof open === "object" && open.kind === "revoke" && <Revoke certificate={id} grant={open.grant} onClose={close} />}
    </Screen>
  );
}

function One({ grant, onChange, onRevoke }: { grant: Grant; onChange?: () => void; onRevoke?: () => void }) {
  const who = nameOf(grant);
  const facts = [
    [w().id_no, grant.id_no],
    [w().phone, grant.phone],
    [w().since, day(grant.created_at)],
    [w().until, grant.expires_on ? day(grant.expires_on) : w().always],
    [w().used, grant.last_used_at ? moment(grant.last_used_at) : w().unused],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]));
  return (
    <article class="card stack">
      <div class="person">
        <div class="person-main">
          <h3 class="person-name">{who}</h3>
          {grant.name && <p class="quiet small">{relationOf(grant.relation)}</p>}
        </div>
        <Tag tone={grant.status === "active" ? "good" : grant.status === "name_mismatch" ? "bad" : "info"}>{w().status[grant.status]}</Tag>
      </div>
      {grant.status === "name_mismatch" && <Notice tone="bad">{w().mismatch}</Notice>}
      <Facts of={facts} />
      {onChange && onRevoke && (
        <div class="pair">
          <Button kind="plain" small label={w().whose(w().change, who)} onClick={onChange}>
            {w().change}
          </Button>
          <Button kind="danger" small label={w().whose(w().revoke, who)} onClick={onRevoke}>
            {w().revoke}
          </Button>
        </div>
      )}
    </article>
  );
}

/** What the service says of a field, or that it is empty. */
function faultAt(name: Name, problem: Problem | undefined, empty: ReadonlySet<Name>): string | undefined {
  if (empty.has(name)) return w().needed(w()[name]);
  if (name === "id_no" && problem && ABOUT_NUMBER.has(problem.code)) return problem.at("id_no") ?? problem.detail;
  return problem?.at(name);
}

function Add({ certificate, onClose }: { certificate: string; onClose: () => void }) {
  const [form, set] = useState(BLANK);
  const [empty, tell] = useState<ReadonlySet<Name>>(new Set());
  const act = useAct();
  const intention = useRef(new Intention());
  const box = useRef<HTMLFormElement>(null);
  const fresh = isFresh(settings.verification_seconds);
  const change = (name: Name) => (value: string) => {
    set({ ...form, [name]: value });
    if (empty.has(name)) tell(new Set([...empty].filter((one) => one !== name)));
  };
  const send = (): void => {
    const missing = new Set(NAMES.filter((name) => name !== "expires_on" && !form[name].trim()));
    tell(missing);
    act.clear();
    if (missing.size) {
      focusFirstFault(box.current);
      return;
    }
    const { expires_on, ...rest } = form;
    const body = expires_on ? { ...rest, expires_on } : rest;
    act.run(async () => {
      try {
        await call("post", GRANTS, { path: { certificate_id: certificate }, body, key: intention.current.keyFor(body) });
      } catch (error) {
        focusFirstFault(box.current);
        throw error;
      }
      intention.current.done();
      forget(`grants/${certificate}`);
      toast(w().done(form.name));
      onClose();
    });
  };
  const atFields = NAMES.some((name) => faultAt(name, act.problem, empty));
  const field = (name: Name) => ({ label: w()[name], value: form[name], onChange: change(name), fault: faultAt(name, act.problem, empty) });
  return (
    <Sheet
      title={w().add}
      onClose={onClose}
      foot={
        fresh && (
          <Button busy={act.busy} onClick={send}>
            {w().confirm}
          </Button>
        )
      }
    >
      {!fresh && <Reverify />}
      {fresh && (
        <form
          ref={box}
          class="stack-wide"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <p class="quiet small">{w().ask}</p>
          {act.problem && !atFields && <Failure problem={act.problem} onRetry={send} />}
          <Field {...field("id_no")} hint={w().idHint} maxLength={64} />
          <Field {...field("name")} hint={w().nameHint} maxLength={100} />
          <Choice {...field("relation")} options={RELATIONS.map((value) => ({ value, label: relationWords()[value] }))} />
          <Field {...field("phone")} type="tel" mode="tel" maxLength={40} />
          <Field {...field("expires_on")} type="date" optional hint={w().expiresHint} min={today()} />
          <button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">
            {w().confirm}
          </button>
        </form>
      )}
    </Sheet>
  );
}

function Change({ certificate, grant, onClose }: { certificate: string; grant: Grant; onClose: () => void }) {
  const [phone, set] = useState("");
  const act = useAct();
  const box = useRef<HTMLDivElement>(null);
  const save = (): void =>
    act.run(async () => {
      try {
        await call("patch", GRANT, { path: { certificate_id: certificate, grant_id: grant.grant_id }, body: { phone } });
      } catch (error) {
        focusFirstFault(box.current);
        throw error;
      }
      forget(`grants/${certificate}`);
      toast(w().saved);
      onClose();
    });
  const fault = act.problem?.at("phone");
  return (
    <Sheet
      title={w().change}
      onClose={onClose}
      foot={
        <Button busy={act.busy} onClick={save}>
          {w().save}
        </Button>
      }
    >
      <div ref={box} class="stack">
        {act.problem && !fault && <Failure problem={act.problem} onRetry={save} />}
        <p>
          {nameOf(grant)} · {grant.phone}
        </p>
        <Field label={w().newPhone} type="tel" mode="tel" maxLength={40} value={phone} onChange={set} fault={fault} />
      </div>
    </Sheet>
  );
}

function Revoke({ certificate, grant, onClose }: { certificate: string; grant: Grant; onClose: () => void }) {
  const act = useAct();
  const revoke = (): void =>
    act.run(async () => {
      await call("delete", GRANT, { path: { certificate_id: certificate, grant_id: grant.grant_id } });
      forget(`grants/${certificate}`);
      toast(w().revoked(nameOf(grant)));
      onClose();
    });
  return (
    <Sheet
      title={w().revoke}
      onClose={onClose}
      foot={
        <>
          <Button kind="danger" busy={act.busy} onClick={revoke}>
            {w().revokeYes}
          </Button>
          <Button kind="link" onClick={onClose}>
            {service().keep}
          </Button>
        </>
      }
    >
      <p>{w().revokeText(nameOf(grant))}</p>
      {act.problem && <Failure problem={act.problem} onRetry={revoke} />}
    </Sheet>
  );
}
