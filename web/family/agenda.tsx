/** What a family has to do, on one screen: who can be claimed, who is due, who has an appointment (D19, R2). */
import { get, type Answer } from "../shared/api/client";
import { useLoad } from "../shared/api/load";
import { day, time, weekday } from "../shared/dates";
import { go } from "../shared/router";
import { Tag } from "../shared/ui/parts";
import { common } from "../shared/ui/words";
import { language, words } from "../shared/words";
import { apart, type Overview } from "./overview";

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
    none: "暂无到期接种",
    next: (when: string) => `，下一次 ${when}`,
    claimed: "已申领",
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
    none: "Nothing is due",
    next: (when: string) => `, next ${when}`,
    claimed: "Claimed",
    dose: (vaccine: string, n: number) => `${vaccine} dose ${n}`,
    listed: ", ",
  },
);

export const APPOINTMENTS = "appointments";

/** What may be given now, the first two by name; where nothing may, when something comes next. */
function planText({ due, next }: Plan): string {
  if (!due.length) return w().none + (next ? w().next(day(next.date)) : "");
  const named = due.slice(0, 2).map((dose) => w().dose(language() === "en" ? dose.vaccine : dose.vaccine_name, dose.dose_no));
  return w().due(named.join(w().listed), due.length > 2 ? due.length : 0);
}

/** One line for each of the family: to be claimed, booked, to be booked, or nothing to do. */
export function Agenda({ overview }: { overview: Overview }) {
  const held = [...overview.claimed, ...overview.authorized].filter((one) => one.status === "active");
  const ids = held.map((one) => one.certificate_id);
  const booked = useLoad(ids.length ? APPOINTMENTS : "", () => get("/v1/appointments")).data?.appointments ?? [];
  // One that cannot be read leaves the others alone: its own screen says why.
  const plans = useLoad(ids.length ? `plan/all/${ids.join()}` : "", () =>
    Promise.all(ids.map((id) => get("/v1/certificates/{certificate_id}/plan", { path: { certificate_id: id } }).catch(() => undefined))),
  ).data;
  // Where nothing is held yet, the list of what can be claimed says it all.
  if (!ids.length) return null;
  return (
    <section class="card stack-tight" aria-labelledby="agenda">
      <h2 id="agenda" class="card-title">
        {w().title}
      </h2>
      <ul class="agenda">
        {overview.claimable.map((person) => (
          <Item key={person.record_id} name={person.name} tail={apart(overview, person)} tag={<Tag>{w().toClaim}</Tag>} texts={[w().claim]} onClick={() => go("home", { claim: person.record_id })} />
        ))}
        {held.map((one, n) => (
          <Doing key={one.certificate_id} id={one.certificate_id} name={one.name} tail={apart(overview, one)} plan={plans?.[n]} reading={!plans} appointment={booked.find(({ certificate_id: id }) => id === one.certificate_id)} />
        ))}
      </ul>
    </section>
  );
}

interface Named {
  readonly name: string;
  /** Behind the name of a twin. */
  readonly tail: string;
}

/** While the plan is on its way its line is there already: nothing below may move from under a finger. */
function Doing({ id, plan, reading, appointment, ...named }: Named & { id: string; plan: Plan | undefined; reading: boolean; appointment: OpenAppointment | undefined }) {
  const due = plan?.due.length;
  const texts = reading ? [common().loading] : plan && (due || !appointment) ? [planText(plan)] : [];
  if (appointment) {
    const when = `${weekday(appointment.starts_at)} ${time(appointment.starts_at)} ${appointment.clinic_name}`;
    texts.unshift(appointment.booked_by === "delegate" ? `${when}（${w().byDelegate}）` : when);
  }
  const tag = appointment ? <Tag tone="good">{w().booked}</Tag> : due ? <Tag tone="warn">{w().toBook}</Tag> : <Tag>{w().claimed}</Tag>;
  return <Item {...named} tag={tag} texts={texts} onClick={() => go(appointment ? "booking" : "plan", { certificate: id })} />;
}

function Item({ name, tail, tag, texts, onClick }: Named & { tag: preact.ComponentChildren; texts: readonly string[]; onClick: () => void }) {
  return (
    <li>
      <button type="button" class="agenda-item" onClick={onClick}>
        <span class="agenda-text">
          <strong>{name}</strong>
          <span class="quiet small">{tail}</span>
          {texts.map((text) => (
            <span key={text} class="quiet small row-detail">
              {text}
            </span>
          ))}
        </span>
        {tag}
      </button>
    </li>
  );
}
