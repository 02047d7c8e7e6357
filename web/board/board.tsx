/** Called tickets large, with their desk; who waits, with masked names; calls spoken once somebody has switched that on. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Device } from "../shared/device/device";
import { ask, CLOCK_SECONDS, serviceNow, useLine } from "../shared/device/line";
import { time } from "../shared/dates";
import { Icon } from "../shared/ui/icon";
import { language, chooseLanguage, words } from "../shared/words";
import { newCalls, shownOf, spoken, type Ticket } from "./calls";

const t = words(
  {
    now: "请到",
    nobody: "请留意叫号",
    registration: "等候登记",
    vaccination: "等候接种",
    observing: "留观",
    people: (n: number) => `${n} 人`,
    more: (n: number) => `还有 ${n} 人`,
    none: "暂无",
    speak: "开启语音叫号",
    speaking: "语音叫号已开启",
    noSpeech: "本机不能语音叫号，请看屏幕",
    call: (ticket: string, desk: string) => `请 ${ticket} 号，到 ${desk}`,
    stale: (at: string) => `网络中断，以下内容停在 ${at}，请听工作人员叫号`,
    never: "网络不通，请听工作人员叫号",
    starting: "正在加载",
    clock: "本机时钟不准，请工作人员校准",
    paper: "请带好纸质预防接种证",
    other: "English",
    tools: "屏幕设置",
    full: "全屏",
  },
  {
    now: "Please go to",
    nobody: "Watch for your ticket",
    registration: "For registration",
    vaccination: "For vaccination",
    observing: "Under observation",
    people: (n: number) => String(n),
    more: (n: number) => `${n} more`,
    none: "Nobody",
    speak: "Speak calls",
    speaking: "Calls are spoken",
    noSpeech: "This PC cannot speak: watch the screen",
    call: (ticket: string, desk: string) => `Ticket ${ticket}, please go to ${desk}`,
    stale: (at: string) => `No connection: this is as of ${at}. Listen to the staff`,
    never: "No connection: listen to the staff",
    starting: "Loading",
    clock: "This PC's clock is wrong: staff, please set it",
    paper: "Have the paper certificate at hand",
    other: "中文",
    tools: "Screen",
    full: "Full screen",
  },
);

const EVERY_MS = 3000;
/** Older than this is no longer the queue. */
const STALE_MS = 20_000;
const LARGE = 4;
const LISTED = 12;

export function Board({ device }: { device: Device }) {
  const line = useLine();
  const clinic = line.enrolledFor?.clinic ?? device.enrolment.clinic_code;
  const [tickets, set] = useState<readonly Ticket[]>([]);
  const [readAt, read] = useState(0);
  const [, tick] = useState(0);
  const [speaks, speak] = useState(false);
  const known = useRef<ReadonlySet<string> | undefined>(undefined);
  const speaking = useRef(speaks);
  speaking.current = speaks;

  useEffect(() => {
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const answer = await ask("get", "/v1/clinics/{clinic_code}/queue", { path: { clinic_code: clinic } });
        if (left) return;
        set(answer.tickets);
        read(Date.now());
        const calls = newCalls(shownOf(answer.tickets).called, known.current);
        known.current = calls.known;
        if (speaking.current) calls.fresh.forEach(say);
      } catch {
        // What stands here says how old it is; the next round asks again.
      }
      if (!left) timer = setTimeout(() => void look(), EVERY_MS);
    };
    void look();
    const clock = setInterval(() => tick((n) => n + 1), 1000);
    return () => {
      left = true;
      if (timer) clearTimeout(timer);
      clearInterval(clock);
    };
  }, [clinic]);

  const shown = shownOf(tickets);
  const stale = Date.now() - readAt > STALE_MS;
  return (
    <div class="board" data-stale={readAt && stale ? "true" : "false"}>
      <header class="board-bar">
        <h1>{device.enrolment.clinic_name}</h1>
        <span class="board-clock">{time(new Date(serviceNow()).toISOString())}</span>
      </header>
      <div role="status">
        {readAt > 0 && stale && <p class="board-warn">{t().stale(time(new Date(readAt).toISOString()))}</p>}
        {readAt === 0 && <p class="board-warn">{line.network === "bad" ? t().never : t().starting}</p>}
        {Math.abs(line.clockAhead) > CLOCK_SECONDS && <p class="board-warn">{t().clock}</p>}
      </div>
      <main class="board-main">
        <section class="board-called" aria-live="polite" aria-label={t().now}>
          {shown.called.length === 0 ? (
            <p class="board-nobody">{t().nobody}</p>
          ) : (
            <ul>
              {shown.called.slice(0, LARGE).map((ticket, n) => (
                <li key={ticket.visit_id} class={n === 0 ? "board-call board-first" : "board-call"} data-called={ticket.ticket}>
                  <span class="board-ticket">{ticket.ticket}</span>
                  <span class="board-name">{ticket.name}</span>
                  <span class="board-desk">
                    {t().now} <strong>{ticket.desk}</strong>
                  </span>
                </li>
              ))}
            </ul>
          )}
        </section>
        <div class="board-lines">
          <Waiting title={t().registration} tickets={shown.registration} />
          <Waiting title={t().vaccination} tickets={shown.vaccination} />
          <Waiting title={t().observing} tickets={shown.observing} />
        </div>
      </main>
      <footer class="board-foot">
        <span>{t().paper}</span>
        <span class="board-tools" role="group" aria-label={t().tools}>
          <SpeakButton on={speaks} onChange={speak} />
          <button type="button" onClick={() => void document.documentElement.requestFullscreen().catch(() => undefined)}>
            {t().full}
          </button>
          <button type="button" lang={language() === "zh" ? "en" : "zh-CN"} onClick={() => chooseLanguage(language() === "zh" ? "en" : "zh")}>
            {t().other}
          </button>
        </span>
      </footer>
    </div>
  );
}

function Waiting({ title, tickets }: { title: string; tickets: readonly Ticket[] }) {
  return (
    <section class="board-line">
      <h2>
        {title} <span>{t().people(tickets.length)}</span>
      </h2>
      {tickets.length === 0 ? (
        <p class="board-none">{t().none}</p>
      ) : (
        <ul>
          {tickets.slice(0, LISTED).map((ticket) => (
            <li key={ticket.visit_id}>
              <strong>{ticket.ticket}</strong> {ticket.name}
            </li>
          ))}
        </ul>
      )}
      {tickets.length > LISTED && <p class="board-none">{t().more(tickets.length - LISTED)}</p>}
    </section>
  );
}

/** Browsers speak only after a tap; the first word is said at once, so that one hears that it works. */
function SpeakButton({ on, onChange }: { on: boolean; onChange: (on: boolean) => void }) {
  if (!("speechSynthesis" in window)) return <span>{t().noSpeech}</span>;
  return (
    <button
      type="button"
      aria-pressed={on ? "true" : "false"}
      onClick={() => {
        if (!on) utter(t().speaking);
        onChange(!on);
      }}
    >
      <Icon name="bell" size={20} /> {on ? t().speaking : t().speak}
    </button>
  );
}

/** Twice, as in every waiting room; the queue of the engine keeps calls apart. */
function say(ticket: Ticket): void {
  const text = t().call(language() === "zh" ? spoken(ticket.ticket) : ticket.ticket.split("").join(" "), ticket.desk ?? "");
  utter(text);
  utter(text);
}

function utter(text: string): void {
  if (!("speechSynthesis" in window)) return;
  const words_ = new SpeechSynthesisUtterance(text);
  words_.lang = language() === "zh" ? "zh-CN" : "en-GB";
  words_.rate = 0.9;
  window.speechSynthesis.speak(words_);
}
