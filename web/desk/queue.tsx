/** Who waits, who was called, who is under observation; calling, passing over, giving up (D21). */
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../shared/api/problem";
import type { Station } from "../shared/device/device";
import { ask, serviceNow } from "../shared/device/line";
import { time } from "../shared/dates";
import { useAct } from "../shared/ui/act";
import { Button, ErrorBox, Tag } from "../shared/ui/parts";
import { toast } from "../shared/ui/toast";
import { callTicket, report, type Ticket, type Told } from "./report";
import { w } from "./words";

const EVERY_MS = 4000;
const SHOWN = 8;

export interface Queue {
  readonly tickets: readonly Ticket[];
  /** When it was read, in milliseconds. */
  readonly at: number;
  readonly problem: Problem | undefined;
  readonly refresh: () => void;
}

/** The clinic's queue, read every few seconds while somebody looks. */
export function useQueue(clinicCode: string): Queue {
  const [state, set] = useState<{ tickets: readonly Ticket[]; at: number; problem?: Problem }>({ tickets: [], at: 0 });
  const [round, again] = useState(0);
  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = async (): Promise<void> => {
      if (document.visibilityState !== "hidden") {
        try {
          const { tickets } = await ask("get", "/v1/clinics/{clinic_code}/queue", { path: { clinic_code: clinicCode } });
          if (!left) set({ tickets, at: Date.now() });
        } catch (error) {
          if (!left) set((before) => ({ ...before, problem: error instanceof Problem ? error : new Problem(0, {}) }));
        }
      }
      if (!left) timer = setTimeout(() => void read(), EVERY_MS);
    };
    void read();
    return () => {
      left = true;
      if (timer) clearTimeout(timer);
    };
  }, [clinicCode, round]);
  return { tickets: state.tickets, at: state.at, problem: state.problem, refresh: () => again((n) => n + 1) };
}

export interface QueueSideProps {
  readonly queue: Queue;
  readonly stations: readonly Station[];
  readonly desk: string;
  readonly onTold: (told: Told) => void;
  /** Go on with somebody who is at this desk already. */
  readonly onResume: (ticket: Ticket) => void;
}

type Calling = "registration" | "vaccination";

export function QueueSide({ queue, stations, desk, onTold, onResume }: QueueSideProps) {
  const act = useAct();
  const calling = (["registration", "vaccination"] as const).filter((station) => stations.includes(station));
  const does = (what: () => Promise<Told>): void =>
    act.run(async () => {
      try {
        const told = await what();
        onTold(told);
        toast(`${told.title} ${told.next_step}`);
      } finally {
        queue.refresh();
      }
    });
  const shown: readonly Calling[] = calling.length ? calling : ["registration", "vaccination"];
  const unread = queue.at === 0;
  const stale = queue.problem !== undefined && !unread;
  return (
    <aside class="queue stack" aria-label={w().queue} data-queue={queue.at}>
      {stale && <p class="notice notice-warn small">{w().queueStale(time(new Date(queue.at).toISOString()))}</p>}
      {unread && queue.problem && <p class="notice notice-warn small">{w().notRead}</p>}
      {act.problem && <ErrorBox problem={act.problem} />}
      {shown.map((station) => (
        <Line
          key={station}
          station={station}
          tickets={queue.tickets}
          unread={unread}
          may={calling.includes(station)}
          gives={stations.includes("ticket")}
          busy={act.busy}
          onCall={(ticket) => does(() => callTicket(ticket.visit_id, station, desk))}
          onPass={(ticket) => does(() => report(ticket.visit_id, { station, outcome: "passed" }))}
          onGiveUp={(ticket) => does(() => report(ticket.visit_id, { station: "ticket", outcome: "left" }))}
          onResume={onResume}
        />
      ))}
      {(stations.includes("observation") || stations.includes("vaccination")) && <Observed tickets={queue.tickets} unread={unread} />}
    </aside>
  );
}

interface LineProps {
  readonly station: Calling;
  readonly tickets: readonly Ticket[];
  /** Nobody knows yet who waits: it is not told that nobody does. */
  readonly unread: boolean;
  readonly may: boolean;
  readonly gives: boolean;
  readonly busy: boolean;
  readonly onCall: (ticket: Ticket) => void;
  readonly onPass: (ticket: Ticket) => void;
  readonly onGiveUp: (ticket: Ticket) => void;
  readonly onResume: (ticket: Ticket) => void;
}

function Line({ station, tickets, unread, may, gives, busy, onCall, onPass, onGiveUp, onResume }: LineProps) {
  const [asked, ask_] = useState<string>();
  const waiting = tickets.filter((ticket) => ticket.state === `waiting_${station}`);
  const at = tickets.filter((ticket) => ticket.state === (station === "registration" ? "registering" : "vaccinating"));
  const called = waiting.filter((ticket) => ticket.called_at);
  const rest = waiting.filter((ticket) => !ticket.called_at);
  const next = rest[0];
  const giveUp = (ticket: Ticket): void => {
    ask_(undefined);
    onGiveUp(ticket);
  };
  const row = (ticket: Ticket) => (
    <li key={ticket.visit_id} class={ticket.called_at ? "queue-row queue-called" : "queue-row"} data-ticket={ticket.ticket}>
      <span class="queue-ticket">{ticket.ticket}</span>
      <span class="queue-who">
        {ticket.name}
        {ticket.desk && <Tag tone="good">{w().called(ticket.desk)}</Tag>}
        {ticket.appointed_at && <Tag>{w().appointed(time(ticket.appointed_at))}</Tag>}
      </span>
      {asked === ticket.visit_id ? (
        <span class="queue-acts">
          <span class="small" role="alert">
            {w().giveUpSure(ticket.ticket)}
          </span>
          <Button kind="danger" small busy={busy} onClick={() => giveUp(ticket)}>
            {w().giveUp}
          </Button>
          <Button kind="plain" small onClick={() => ask_(undefined)}>
            {w().keepIt}
          </Button>
        </span>
      ) : (
        <span class="queue-acts">
          {may && (
            <Button kind="plain" small busy={busy} onClick={() => onCall(ticket)} label={`${ticket.called_at ? w().again : w().call} ${ticket.ticket}`}>
              {ticket.called_at ? w().again : w().call}
            </Button>
          )}
          {may && ticket.called_at && (
            <Button kind="plain" small busy={busy} onClick={() => onPass(ticket)} label={`${w().pass} ${ticket.ticket}`}>
              {w().pass}
            </Button>
          )}
          {gives && (
            <Button kind="link" small busy={busy} onClick={() => ask_(ticket.visit_id)} label={`${w().giveUp} ${ticket.ticket}`}>
              {w().giveUp}
            </Button>
          )}
        </span>
      )}
    </li>
  );
  return (
    <section class="card stack-tight" data-line={station} aria-label={`${w()[station]} ${w().queue}`}>
      <div class="queue-head">
        <h3>{w()[station]}</h3>
        <span class="quiet">{unread ? "—" : w().waiting(waiting.length)}</span>
      </div>
      {may && next && (
        <Button busy={busy} onClick={() => onCall(next)}>
          {w().callNext} {next.ticket}
        </Button>
      )}
      {!unread && waiting.length === 0 && at.length === 0 && <p class="quiet small">{w().nobody}</p>}
      <ul>
        {called.map(row)}
        {rest.slice(0, SHOWN).map(row)}
      </ul>
      {rest.length > SHOWN && (
        <details>
          <summary class="summary small">＋{rest.length - SHOWN}</summary>
          <ul>{rest.slice(SHOWN).map(row)}</ul>
        </details>
      )}
      {at.length > 0 && (
        <ul aria-label={w().atDesk}>
          {at.map((ticket) => (
            <li key={ticket.visit_id} class="queue-row" data-ticket={ticket.ticket}>
              <span class="queue-ticket">{ticket.ticket}</span>
              <span class="queue-who">
                {ticket.name}
                <Tag>{w().atDesk}</Tag>
              </span>
              {may && (
                <span class="queue-acts">
                  <Button kind="link" small onClick={() => onResume(ticket)} label={`${w().resume} ${ticket.ticket}`}>
                    {w().resume}
                  </Button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Who is under observation, and how long still; those whose time is over first. */
function Observed({ tickets, unread }: { tickets: readonly Ticket[]; unread: boolean }) {
  const [, render] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => render((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const observed = tickets.filter((ticket) => ticket.state === "observing" && ticket.observed_until);
  const left = (ticket: Ticket): number => Math.ceil((Date.parse(ticket.observed_until ?? "") - serviceNow()) / 1000);
  const rows = observed.slice().sort((one, other) => left(one) - left(other));
  return (
    <section class="card stack-tight" aria-label={w().observing} data-line="observation">
      <div class="queue-head">
        <h3>{w().observing}</h3>
        <span class="quiet">{unread ? "—" : rows.length}</span>
      </div>
      <ul>
        {rows.map((ticket) => {
          const seconds = left(ticket);
          return (
            <li key={ticket.visit_id} class="queue-row" data-ticket={ticket.ticket}>
              <span class="queue-ticket">{ticket.ticket}</span>
              <span class="queue-who">{ticket.name}</span>
              {seconds <= 0 ? (
                <Tag tone="good">{w().over}</Tag>
              ) : (
                <span class="timer" title={w().observedUntil(time(ticket.observed_until ?? ""))}>
                  {Math.floor(seconds / 60)}:{String(seconds % 60).padStart(2, "0")}
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
