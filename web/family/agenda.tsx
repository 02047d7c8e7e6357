/** What a family has to do, on one screen: who can be claimed, who is due, who has an appointment (D19, R2). */
import { get, type Answer } from "../shared/api/client";
import { useLoad } from "../shared/api/load";
import { time, weekday } from "../shared/dates";
import { go } from "../shared/router";
import { Tag } from "../shared/ui/parts";
import { language, words } from "../shared/words";
import type { Certificate, Overview } from "./overview";

type Plan = Answer<"/v1/certificates/{certificate_id}/plan">;
type OpenAppointment = Answer<"/v1/appointments">["appointments"][number];

const w = words(
  {
    title: "近期事项",
    claim: "可以申领",
    toClaim: "待申领",
    due: (names: string, more: number) => (more ? `${names} 等 ${more} 剂可以接种` : `${names} 可以接种`),
    toBook: "待预约",
    booked: "已预约",
    byDelegate: "由被授权人预约",
    none: (names: string) => `${names}暂无到期接种`,
    dose: (vaccine: string, n: number) => `${vaccine}第${n}剂`,
    listed: "、",
  },
  {
    title: "What comes next",
    claim: "Can be claimed",
    toClaim: "To claim",
    due: (names: string, more: number) => (more ? `${names} and more: ${more} doses are due` : `${names} is due`),
    toBook: "To book",
    booked: "Booked",
    byDelegate: "Booked by a delegate",
    none: (names: string) => `Nothing is due for ${names}`,
    dose: (vaccine: string, n: number) => `${vaccine} dose ${n}`,
    listed: ", ",
  },
);

export const APPOINTMENTS = "appointments";

/** Names of doses as people say them, the first two. */
function dueText(plan: Plan): string {
  const named = plan.due.slice(0, 2).map((dose) => w().dose(language() === "en" ? dose.vaccine : dose.vaccine_name, dose.dose_no));
  return w().due(named.join(w().listed), plan.due.length > 2 ? plan.due.length : 0);
}

export function Agenda({ overview }: { overview: Overview }) {
  const held = [...overview.claimed, ...overview.authorized].filter((one) => one.status === "active");
  const ids = held.map((one) => one.certificate_id);
  const booked = useLoad(ids.length ? APPOINTMENTS : "", () => get("/v1/appointments")).data?.appointments ?? [];
  // One that cannot be read leaves the others alone: its own screen says why.
  const plans = useLoad(ids.length ? `plan/all/${ids.join()}` : "", () =>
    Promise.all(ids.map((id) => get("/v1/certificates/{certificate_id}/plan", { path: { certificate_id: id } }).catch(() => undefined))),
  ).data;
  const rows = held.map((certificate, n) => ({ certificate, plan: plans?.[n], appointment: booked.find((one) => one.certificate_id === certificate.certificate_id) }));
  const idle = rows.filter(({ plan, appointment }) => plan && !plan.due.length && !appointment).map(({ certificate }) => certificate.name);
  const busy = rows.filter(({ plan, appointment }) => appointment ?? plan?.due.length);
  // Where nothing is held yet, the list of what can be claimed says it all.
  if (!busy.length && !idle.length) return null;
  return (
    <section class="card stack-tight" aria-labelledby="agenda">
      <h2 id="agenda" class="card-title">
        {w().title}
      </h2>
      <ul class="agenda">
        {overview.claimable.map((person) => (
          <Item key={person.record_id} name={person.name} tag={<Tag>{w().toClaim}</Tag>} text={w().claim} onClick={() => go("home", { claim: person.record_id })} />
        ))}
        {busy.map((row) => (
          <Doing key={row.certificate.certificate_id} {...row} />
        ))}
      </ul>
      {idle.length > 0 && <p class="quiet small">{w().none(idle.join(w().listed))}</p>}
    </section>
  );
}

function Doing({ certificate, plan, appointment }: { certificate: Certificate; plan: Plan | undefined; appointment: OpenAppointment | undefined }) {
  const id = certificate.certificate_id;
  if (!appointment) return <Item name={certificate.name} tag={<Tag tone="warn">{w().toBook}</Tag>} text={plan ? dueText(plan) : ""} onClick={() => go("plan", { certificate: id })} />;
  const when = `${weekday(appointment.starts_at)} ${time(appointment.starts_at)} ${appointment.clinic_name}`;
  const text = appointment.booked_by === "delegate" ? `${when}（${w().byDelegate}）` : when;
  return <Item name={certificate.name} tag={<Tag tone="good">{w().booked}</Tag>} text={text} onClick={() => go("booking", { certificate: id })} />;
}

function Item({ name, tag, text, onClick }: { name: string; tag: preact.ComponentChildren; text: string; onClick: () => void }) {
  return (
    <li>
      <button type="button" class="agenda-item" onClick={onClick}>
        <span class="agenda-text">
          <strong>{name}</strong> <span class="quiet small">{text}</span>
        </span>
        {tag}
      </button>
    </li>
  );
}
