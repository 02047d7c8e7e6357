/** One appointment: when and where, and what can be done with it. */
import { useState } from "preact/hooks";
import { call, file, type Answer } from "../shared/api/client";
import { forget } from "../shared/api/load";
import { time, weekday } from "../shared/dates";
import { go } from "../shared/router";
import { useAct } from "../shared/ui/act";
import { Icon } from "../shared/ui/icon";
import { Button, Facts, Tag } from "../shared/ui/parts";
import { Sheet } from "../shared/ui/sheet";
import { toast } from "../shared/ui/toast";
import { common } from "../shared/ui/words";
import { APPOINTMENTS } from "./agenda";
import { bookingWords as w } from "./booking-words";
import { Failure } from "./failure";

export type Appointment = Answer<"/v1/certificates/{certificate_id}/appointments">["appointments"][number];

export const span = (one: { starts_at: string; ends_at: string }): string => w().range(time(one.starts_at), time(one.ends_at));
export const whenOf = (one: Appointment): string => `${weekday(one.starts_at)} ${span(one)}`;

/** Both lists that hold appointments are read again. */
export function forgetAppointments(certificate: string): void {
  forget(`${APPOINTMENTS}/${certificate}`);
  forget(APPOINTMENTS);
}

const KEEP_FILE_MS = 60_000;

export function AppointmentCard({ of: one }: { of: Appointment }) {
  const [cancelling, cancel] = useState(false);
  const calendar = useAct();
  const path = { certificate_id: one.certificate_id, appointment_id: one.appointment_id };
  const facts: [string, preact.ComponentChildren][] = [[w().clinic, one.clinic_name]];
  if (one.address) facts.push([w().address, one.address]);
  if (one.phone) facts.push([w().phone, <a href={`tel:${one.phone}`}>{one.phone}</a>]);
  facts.push([w().by, w().bookers[one.booked_by]]);
  const download = (): void =>
    calendar.run(async () => {
      const made = await file("/v1/certificates/{certificate_id}/appointments/{appointment_id}", "text/calendar", { path });
      save(made, "appointment.ics");
      toast(w().calendarDone);
    });
  return (
    <section class="card stack" aria-label={w().open}>
      <div class="booked-head">
        <Icon name="calendar" />
        <p class="booked-when">
          <span>{weekday(one.starts_at)}</span> <span>{span(one)}</span>
        </p>
        <Tag tone="good">{w().statuses[one.status]}</Tag>
      </div>
      <Facts of={facts} />
      <Button kind="plain" busy={calendar.busy} onClick={download}>
        {w().calendar}
      </Button>
      {calendar.problem && <Failure problem={calendar.problem} />}
      <div class="pair">
        <Button kind="plain" onClick={() => go("booking", { certificate: one.certificate_id, replaces: one.appointment_id, clinic: one.clinic_code })}>
          {w().change}
        </Button>
        <Button kind="danger" onClick={() => cancel(true)}>
          {w().cancel}
        </Button>
      </div>
      {cancelling && <Cancelling of={one} onClose={() => cancel(false)} />}
    </section>
  );
}

function Cancelling({ of: one, onClose }: { of: Appointment; onClose: () => void }) {
  const act = useAct();
  const end = (): void =>
    act.run(async () => {
      await call("delete", "/v1/certificates/{certificate_id}/appointments/{appointment_id}", { path: { certificate_id: one.certificate_id, appointment_id: one.appointment_id } });
      toast(w().cancelled);
      onClose();
      forgetAppointments(one.certificate_id);
    });
  const foot = (
    <>
      <Button kind="danger" busy={act.busy} onClick={end}>
        {w().cancelYes}
      </Button>
      <Button kind="link" onClick={onClose}>
        {w().keep}
      </Button>
    </>
  );
  return (
    <Sheet title={w().cancel} onClose={onClose} foot={foot}>
      <p>
        <strong>{whenOf(one)}</strong>
        <br />
        {one.clinic_name}
      </p>
      <p>{w().cancelText}</p>
      {act.problem && <Failure problem={act.problem} />}
    </Sheet>
  );
}

/** Hand a file to the browser; its name says nothing of a person. */
export function save(made: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(made);
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), KEEP_FILE_MS);
}

/** An appointment that has ended: how, and what to do where its family did not end it. */
export function Ended({ of: one }: { of: Appointment }) {
  return (
    <li class="due">
      <div class="ended">
        <span class="row-main">
          {whenOf(one)}
          <span class="quiet small row-detail">{one.clinic_name}</span>
        </span>
        <Tag tone={one.notice ? "warn" : "info"}>{w().statuses[one.status]}</Tag>
      </div>
      {one.notice && (
        <p class="small">
          {one.notice.detail} {common().next + one.notice.next_step}
        </p>
      )}
    </li>
  );
}
