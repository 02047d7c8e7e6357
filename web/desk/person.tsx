/** The person, as far as the station may see them: who it is, what is due, which doses to look at, what was given. */
import { age, day } from "../shared/dates";
import { Tag } from "../shared/ui/parts";
import { language } from "../shared/words";
import { Issuing } from "./issuing";
import type { Person } from "./scan";
import { w } from "./words";

const dose = (entry: Record<string, string | number>, name: string): string => String(entry[name] ?? "");

export function PersonCard({ person, today }: { person: Person; today: string }) {
  const { due, doses, odd_doses: odd, next, advice } = person;
  const oddOf = new Map((odd ?? []).map((one) => [one.dose_id, one]));
  const name = (one: { vaccine_name: string; vaccine_name_en?: string | null }): string => (language() === "en" && one.vaccine_name_en) || one.vaccine_name;
  return (
    <section class="card person-card stack" aria-label={person.name}>
      <div class="person-head">
        <h3 class="person-name">{person.name}</h3>
        {person.birth_date && (
          <p class="person-facts">
            {person.sex && <span>{person.sex === "male" ? w().male : w().female}</span>}
            <span>{age(person.birth_date, today)}</span>
            <span>
              {w().born} {day(person.birth_date)}
            </span>
          </p>
        )}
      </div>
      {due && (
        <div class="stack-tight">
          <h4>{w().due}</h4>
          {due.length === 0 && <p class="quiet">{w().dueNone}</p>}
          <ul class="due-list">
            {due.map((one) => {
              const late = one.recommended_before && one.recommended_before <= today;
              return (
                <li key={`${one.vaccine}${one.dose_no}`}>
                  <strong>
                    {name(one)} · {w().doseNo(one.dose_no)}
                  </strong>
                  <span class="small">
                    {late ? <Tag tone="warn">{w().overdue(day(one.recommended_before ?? ""))}</Tag> : <span class="quiet">{w().since(day(one.since))}</span>}
                    {one.until && <span class="quiet"> {w().until(day(one.until))}</span>}
                  </span>
                  {one.note && <span class="small">{one.note}</span>}
                </li>
              );
            })}
          </ul>
          {next && (
            <p class="small quiet">
              {w().upcoming} {day(next.date)}：{next.vaccines.map((one) => `${name(one)} ${w().doseNo(one.dose_no)}`).join("、")}
            </p>
          )}
        </div>
      )}
      {odd && odd.length > 0 && (
        <div class="notice notice-warn">
          <div class="stack-tight">
            <strong>{w().odd}</strong>
            {odd.map((one) => {
              const found = doses?.find((entry) => entry["dose_id"] === one.dose_id);
              return (
                <p key={one.dose_id} class="small">
                  {found && `${dose(found, "vaccine_name")} ${day(dose(found, "date"))}：`}
                  {one.note}
                  {!one.counted && <Tag tone="warn">{w().notCounted}</Tag>}
                </p>
              );
            })}
          </div>
        </div>
      )}
      {doses && (
        <details open={doses.length <= 6}>
          <summary class="summary">
            {w().given}（{doses.length}）
          </summary>
          {doses.length === 0 ? (
            <p class="quiet">{w().givenNone}</p>
          ) : (
            <div class="table-box" tabIndex={0} role="region" aria-label={w().given}>
              <table class="doses">
                <tbody>
                  {doses.map((entry) => (
                    <tr key={dose(entry, "dose_id")} class={oddOf.has(dose(entry, "dose_id")) ? "dose-odd" : ""}>
                      <td>{dose(entry, "date")}</td>
                      <td>{dose(entry, "vaccine_name")}</td>
                      <td>{w().doseNo(Number(entry["dose_no"]))}</td>
                      <td>{dose(entry, "batch")}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </details>
      )}
      {doses && <Issuing />}
      {advice && (
        <p class="small quiet">
          {advice.note} {w().edition(advice.edition)}
        </p>
      )}
    </section>
  );
}
