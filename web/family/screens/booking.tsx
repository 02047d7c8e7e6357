/** 预约接种 (R2): what is booked, then clinic, day and time. A certificate has one open appointment; moving keeps it until the new one stands. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, get } from "../../shared/api/client";
import { Intention } from "../../shared/api/intention";
import { useLoad } from "../../shared/api/load";
import { usePages } from "../../shared/api/pages";
import { Problem } from "../../shared/api/problem";
import { serverNow } from "../../shared/clock";
import { time, today, weekday } from "../../shared/dates";
import { back, go, type Params } from "../../shared/router";
import { useAct } from "../../shared/ui/act";
import { Icon } from "../../shared/ui/icon";
import { More } from "../../shared/ui/more";
import { Button, Empty, Facts, List, Notice, Row, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Panel, Tabs } from "../../shared/ui/tabs";
import { APPOINTMENTS } from "../agenda";
import { AppointmentCard, Ended, forgetAppointments, span, whenOf, type Appointment } from "../appointment";
import { bookingWords as w } from "../booking-words";
import { allClinics, CLINICS, type Clinic } from "../clinics";
import { Failure } from "../failure";
import { find, useOverview } from "../overview";
import { dateOf, days, dayShown, later, type DayOf, type Slot } from "../slots";
import { Whose } from "../whose";
import { service } from "../words";

const LOOK_AHEAD_DAYS = 30;
/** Answers that the next try may change: the list is read again, the choice of clinic and day stays. */
const TAKEN = new Set(["slot_full", "slot_closed"]);

export default function BookingScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const clinic = params["clinic"];
  const list = usePages(`${APPOINTMENTS}/${id}`, (cursor) =>
    get("/v1/certificates/{certificate_id}/appointments", { path: { certificate_id: id }, query: cursor ? { cursor } : {} }),
  );
  const all = list.pages.reduce<readonly Appointment[]>((some, page) => some.concat(page.appointments), []);
  const open = all.find((one) => one.status === "booked");
  const moving = params["replaces"] && open?.appointment_id === params["replaces"] ? open : undefined;
  if (params["done"] && open) return <Done certificate={id} of={open} moved={params["done"] === "moved"} />;
  // Without what is booked nobody can say whether this is a booking or a move.
  if (clinic && list.data) return <Slots key={clinic} certificate={id} code={clinic} open={open} moving={moving} reread={list.reload} />;
  return (
    <Screen title={service().booking}>
      <Whose id={id} />
      {list.problem && <Failure problem={list.problem} onRetry={list.reload} />}
      {!list.data && list.loading && <Skeleton />}
      {list.data && (
        <>
          {open && !moving && <AppointmentCard of={open} />}
          {moving && <Notice title={w().from}>{`${whenOf(moving)} ${moving.clinic_name}`}</Notice>}
          {(!open || moving) && <Clinics certificate={id} replaces={moving?.appointment_id} />}
          <Others except={id} />
          {all.some((one) => one.status !== "booked") && (
            <section class="card stack-tight">
              <h2 class="card-title">{w().past}</h2>
              <ul class="agenda">
                {all
                  .filter((one) => one.status !== "booked")
                  .map((one) => (
                    <Ended key={one.appointment_id} of={one} />
                  ))}
              </ul>
            </section>
          )}
          <More of={list} />
        </>
      )}
    </Screen>
  );
}

/** What is booked for the others of the family. */
function Others({ except }: { except: string }) {
  const overview = useOverview().data;
  const found = useLoad(APPOINTMENTS, () => get("/v1/appointments")).data?.appointments ?? [];
  const others = found.filter((one) => one.certificate_id !== except);
  if (!others.length) return null;
  return (
    <section class="stack-tight">
      <h2 class="group">{w().others}</h2>
      <List>
        {others.map((one) => (
          <Row
            key={one.appointment_id}
            icon="calendar"
            title={find(overview, one.certificate_id)?.certificate.name ?? ""}
            detail={`${whenOf(one)} ${one.clinic_name}`}
            onClick={() => go("booking", { certificate: one.certificate_id })}
          />
        ))}
      </List>
    </section>
  );
}

const useClinics = () => useLoad(CLINICS, allClinics, { again: false });

const cityName = (code: string): string => (w().cityNames as Readonly<Record<string, string>>)[code] ?? code;

function Clinics({ certificate, replaces }: { certificate: string; replaces: string | undefined }) {
  const { data, problem, loading, reload } = useClinics();
  const [chosen, choose] = useState("");
  if (!data) return problem ? <Failure problem={problem} onRetry={reload} /> : loading ? <Skeleton /> : null;
  const cities = Array.from(new Set(data.map((clinic) => clinic.city)));
  const city = chosen || cities[0] || "";
  const there = data.filter((clinic) => clinic.city === city);
  const books = there.filter((clinic) => clinic.books);
  const others = there.filter((clinic) => !clinic.books);
  const to = (clinic: Clinic): void => go("booking", { certificate, clinic: clinic.clinic_code, ...(replaces ? { replaces } : {}) });
  return (
    <section class="stack">
      <h2 class="group">{w().chooseClinic}</h2>
      {cities.length > 1 && <Tabs label={w().cities} current={city} onChange={choose} tabs={cities.map((code) => ({ id: code, label: cityName(code) }))} />}
      <Panel id={city}>
        {!books.length && (
          <Empty icon="calendar" title={w().noClinic}>
            <p>{w().noClinicText}</p>
          </Empty>
        )}
        {books.length > 0 && (
          <List>
            {books.map((clinic) => (
              <Row key={clinic.clinic_code} title={clinic.name} detail={clinic.address} onClick={() => to(clinic)} />
            ))}
          </List>
        )}
        {others.length > 0 && (
          <details class="question fold">
            <summary>{w().notOnline}</summary>
            <List>
              {others.map((clinic) => (
                <Row key={clinic.clinic_code} title={clinic.name} detail={clinic.phone ? <a href={`tel:${clinic.phone}`}>{clinic.phone}</a> : clinic.address} />
              ))}
            </List>
          </details>
        )}
      </Panel>
    </section>
  );
}

interface Choosing {
  readonly certificate: string;
  readonly code: string;
  readonly open: Appointment | undefined;
  readonly moving: Appointment | undefined;
  /** Somebody else of the family has booked: see what, and keep the choice. */
  readonly reread: () => void;
}

function Slots({ certificate, code, open, moving, reread }: Choosing) {
  const from = today(serverNow());
  const offered = useLoad(`slots/${code}`, () => get("/v1/clinics/{clinic_code}/slots", { path: { clinic_code: code }, query: { from, to: later(from, LOOK_AHEAD_DAYS) } }));
  const clinic = useClinics().data?.find((one) => one.clinic_code === code);
  const [date, setDate] = useState<string>();
  const [chosen, choose] = useState<Slot>();
  const [refused, refuse] = useState<Problem>();
  const act = useAct();
  const intention = useRef(new Intention()).current;
  const all = days(offered.data?.slots ?? []);
  const shown = dayShown(all, date);
  useEffect(() => {
    // What is said stands at the top, the button that was pressed at the bottom.
    if (refused ?? act.problem) window.scrollTo(0, 0);
  }, [refused, act.problem]);
  const already = refused?.code === "already_booked" && open && !moving;

  const book = (replaces: string | undefined): void => {
    if (!chosen) return;
    const slot = chosen;
    refuse(undefined);
    act.run(async () => {
      const body = { clinic_code: code, slot_id: slot.slot_id, ...(replaces ? { replaces } : {}) };
      try {
        await call("post", "/v1/certificates/{certificate_id}/appointments", { path: { certificate_id: certificate }, body, key: intention.keyFor(body) });
      } catch (error: unknown) {
        if (!(error instanceof Problem) || !(TAKEN.has(error.code) || error.code === "already_booked")) throw error;
        refuse(error);
        setDate(dateOf(slot.starts_at));
        if (TAKEN.has(error.code)) {
          choose(undefined);
          offered.reload();
        } else reread();
        return;
      }
      intention.done();
      forgetAppointments(certificate);
      go("booking", { certificate, done: replaces ? "moved" : "booked" }, { replace: true });
    });
  };

  const foot = all.length > 0 && (
    <section class="stack-tight" aria-label={moving ? w().confirmMove : w().confirm}>
      {chosen && <p class="small">{`${weekday(chosen.starts_at)} ${span(chosen)} ${clinic?.name ?? ""}`}</p>}
      {already ? (
        <Button busy={act.busy} onClick={() => book(open.appointment_id)}>
          {w().move}
        </Button>
      ) : chosen ? (
        <Button busy={act.busy} onClick={() => book(moving?.appointment_id)}>
          {moving ? w().confirmMove : w().confirm}
        </Button>
      ) : (
        <p class="foot-hint quiet">{w().pick}</p>
      )}
    </section>
  );
  return (
    <Screen title={service().booking} foot={foot}>
      <Whose id={certificate} />
      {clinic && (
        <section class="card stack-tight">
          <strong>{clinic.name}</strong>
          {clinic.address && <p class="quiet small">{clinic.address}</p>}
          {clinic.phone && (
            <a class="small" href={`tel:${clinic.phone}`}>
              {clinic.phone}
            </a>
          )}
          {moving && (
            <button type="button" class="button button-link" onClick={() => go("booking", { certificate, replaces: moving.appointment_id }, { replace: true })}>
              {w().another}
            </button>
          )}
        </section>
      )}
      {moving && <Notice title={w().from}>{`${whenOf(moving)} ${moving.clinic_name}`}</Notice>}
      {refused && TAKEN.has(refused.code) && (
        <div role="alert">
          <Notice tone="warn" title={refused.code === "slot_full" ? w().taken : w().closed}>
            <p>{refused.code === "slot_full" ? w().takenText : w().closedText}</p>
          </Notice>
        </div>
      )}
      {already && (
        <div role="alert" class="stack">
          <Notice tone="warn" title={w().already}>
            <p>{`${whenOf(open)} ${open.clinic_name}`}</p>
            <p>{w().alreadyText}</p>
          </Notice>
          <Button kind="plain" onClick={() => go("booking", { certificate }, { replace: true })}>
            {w().keep}
          </Button>
        </div>
      )}
      {act.problem && <Failure problem={act.problem} onRetry={() => book(moving?.appointment_id)} />}
      {offered.problem && <Failure problem={offered.problem} onRetry={offered.reload} />}
      {!offered.data && offered.loading && <Skeleton />}
      {offered.data && !all.length && (
        <Empty icon="calendar" title={w().none}>
          <p>{w().noneText}</p>
          <Button kind="plain" onClick={back}>
            {w().another}
          </Button>
        </Empty>
      )}
      {shown && (
        <>
          <Days of={all} shown={shown.date} onChoose={setDate} />
          <Times of={shown} chosen={chosen?.slot_id} onChoose={choose} />
        </>
      )}
    </Screen>
  );
}

function Days({ of, shown, onChoose }: { of: readonly DayOf[]; shown: string; onChoose: (date: string) => void }) {
  return (
    <section class="stack-tight">
      <h2 class="group" id="days">
        {w().day}
      </h2>
      <div class="days" role="group" aria-labelledby="days">
        {of.map(({ date, left }) => (
          <button key={date} type="button" class="day" aria-pressed={date === shown ? "true" : "false"} onClick={() => onChoose(date)}>
            <DayName date={date} />
            <span class="day-left">{left > 0 ? w().left(left) : w().full}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

/** `周一` above `8月24日`. */
function DayName({ date }: { date: string }) {
  const words = weekday(date).split(" ");
  const [name, rest] = /^\d/.test(words[0] ?? "") ? [words[1], words[0]] : [words[0], words.slice(1).join(" ")];
  return (
    <>
      <span class="small">{name}</span>
      <strong>{rest}</strong>
    </>
  );
}

const isMorning = (slot: Slot): boolean => time(slot.starts_at) < "12:00";

function Times({ of, chosen, onChoose }: { of: DayOf; chosen: string | undefined; onChoose: (slot: Slot) => void }) {
  const halves: readonly (readonly [string, readonly Slot[]])[] = [
    [w().am, of.slots.filter(isMorning)],
    [w().pm, of.slots.filter((slot) => !isMorning(slot))],
  ];
  return (
    <section class="stack-tight">
      <h2 class="group">{w().slot}</h2>
      {halves.map(
        ([name, slots]) =>
          slots.length > 0 && (
            <div key={name} class="stack-tight" role="group" aria-label={name}>
              <p class="quiet small">{name}</p>
              <div class="times">
                {slots.map((slot) => (
                  <button key={slot.slot_id} type="button" class="time" aria-pressed={slot.slot_id === chosen ? "true" : "false"} disabled={slot.remaining < 1} onClick={() => onChoose(slot)}>
                    <strong>{span(slot)}</strong>
                    <span class="small">{slot.remaining > 0 ? w().left(slot.remaining) : w().full}</span>
                  </button>
                ))}
              </div>
            </div>
          ),
      )}
    </section>
  );
}

function Done({ certificate, of: one, moved }: { certificate: string; of: Appointment; moved: boolean }) {
  const finish = (): void => {
    // Another phone of the family may have moved it meanwhile.
    forgetAppointments(certificate);
    go("booking", { certificate }, { replace: true });
  };
  return (
    <Screen title={service().booking}>
      <section class="card stack">
        <div class="success stack-tight" role="status">
          <Icon name="good" size={56} />
          <h2>{moved ? w().moved : w().done}</h2>
        </div>
        <Facts
          of={[
            [w().when, whenOf(one)],
            [w().clinic, one.clinic_name],
            ...(one.address ? [[w().address, one.address] as const] : []),
          ]}
        />
        <p>{w().doneText}</p>
      </section>
      <Button onClick={finish}>{w().finish}</Button>
    </Screen>
  );
}
