/** 亮码接种 (R28, D8): one code after the other, dark on light always, and the visit beneath it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../../shared/api/client";
import { Problem, unreachable } from "../../shared/api/problem";
import { minutesOff, serverNow } from "../../shared/clock";
import type { Params } from "../../shared/router";
import { settings } from "../../shared/settings";
import { Icon } from "../../shared/ui/icon";
import { Button, Notice } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { Failure } from "../failure";
import { partLeft, secondsLeft, shownFrom, waitAfter, type Shown } from "../live-code";
import { Progress, useVisit } from "../visit";
import { Whose } from "../whose";
import { service } from "../words";

const w = words(
  {
    use: "请在取号、登记、接种、留观时出示",
    picture: "接种二维码，请向工作人员出示",
    left: (seconds: number) => `${seconds} 秒后失效`,
    renews: "自动更新，请勿截屏",
    fetching: "正在生成二维码",
    expired: "二维码已失效",
    offline: "网络不通，暂时无法更新二维码",
    offlineText: "请检查网络，连通后自动更新。一时无法联网的，请凭纸质预防接种证到窗口办理。",
    late: "暂时无法更新二维码",
    lateText: (hotline: string) => `正在自动重试。如一直无法更新，请凭纸质预防接种证到窗口办理，或拨打 ${hotline}。`,
    still: "当前二维码失效前仍可使用。",
    retry: "立即更新",
    clock: (minutes: number) => `手机时间不准，相差约 ${minutes} 分钟`,
    clockText: "二维码以服务器时间为准，仍可使用。请在手机设置中开启“自动设置时间”。",
  },
  {
    use: "Show it for the ticket, at registration, vaccination and observation",
    picture: "Code of the vaccination certificate, to be shown to the staff",
    left: (seconds: number) => `Valid for ${seconds} s`,
    renews: "Renewed by itself; a screenshot is of no use",
    fetching: "Making the code",
    expired: "The code has expired",
    offline: "No connection: the code cannot be renewed",
    offlineText: "Check your network; the code comes back by itself. Without a network, bring the paper certificate to the counter.",
    late: "The code cannot be renewed right now",
    lateText: (hotline: string) => `It is tried again by itself. If that does not help, bring the paper certificate to the counter, or call ${hotline}.`,
    still: "The code above counts until its time is over.",
    retry: "Renew now",
    clock: (minutes: number) => `This phone's clock is wrong by about ${minutes} min`,
    clockText: "The code goes by the service's clock and can be used. Let the phone set its time automatically.",
  },
);

interface Live {
  readonly code: Shown | undefined;
  readonly problem: Problem | undefined;
  readonly now: number;
  readonly renew: () => void;
}

/** A problem that waiting does not mend. */
const isFinal = (problem: Problem): boolean => problem.status >= 400 && problem.status < 500 && problem.status !== 429;

/** The code of a certificate while the page is seen; nothing of it is kept while it is not. */
function useLiveCode(id: string, seen: boolean): Live {
  const [code, show] = useState<Shown>();
  const [problem, fail] = useState<Problem>();
  const [now, tick] = useState(Date.now);
  const renewal = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (!id || !seen) return undefined;
    let left = false;
    let failures = 0;
    let asking = false;
    let dueAt = 0;
    const renew = (): void => {
      if (asking) return;
      asking = true;
      call("post", "/v1/certificates/{certificate_id}/codes", { path: { certificate_id: id } })
        .then(
          (answer) => {
            if (left) return;
            const next = shownFrom(answer, Date.now(), serverNow());
            failures = 0;
            dueAt = next.renewAt;
            show(next);
            fail(undefined);
          },
          (error: unknown) => {
            if (left) return;
            const why = error instanceof Problem ? error : unreachable(false);
            failures += 1;
            dueAt = isFinal(why) ? Infinity : Date.now() + waitAfter(failures, why.retryAfter) * 1000;
            if (isFinal(why)) show(undefined);
            fail(why);
          },
        )
        .then(
          () => {
            asking = false;
          },
          () => undefined,
        );
    };
    renewal.current = renew;
    renew();
    const timer = setInterval(() => {
      tick(Date.now());
      if (Date.now() >= dueAt && dueAt) renew();
    }, 250);
    window.addEventListener("online", renew);
    return () => {
      left = true;
      clearInterval(timer);
      window.removeEventListener("online", renew);
      show(undefined);
    };
  }, [id, seen]);
  return { code, problem, now, renew: () => renewal.current() };
}

function useSeen(): boolean {
  const [seen, set] = useState(!document.hidden);
  useEffect(() => {
    const look = (): void => set(!document.hidden);
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return seen;
}

/** What newer browsers have. */
interface Wakes {
  readonly wakeLock?: { request(what: "screen"): Promise<{ release(): Promise<void> }> };
}

/** The display stays on where the browser can do that. */
function useAwake(seen: boolean): void {
  useEffect(() => {
    const wakes = (navigator as Wakes).wakeLock;
    if (!seen || !wakes) return undefined;
    let left = false;
    let release = (): void => undefined;
    wakes.request("screen").then(
      (lock) => {
        release = () => void lock.release().catch(() => undefined);
        if (left) release();
      },
      () => undefined, // a low battery
    );
    return () => {
      left = true;
      release();
    };
  }, [seen]);
}

export default function CodeScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const seen = useSeen();
  useAwake(seen);
  const { code, problem, now, renew } = useLiveCode(id, seen);
  const visit = useVisit(id, seen && !(problem && isFinal(problem)));
  const standing = visit ? `${visit.state}${visit.ticket}` : "";
  const stood = useRef<string>();
  useEffect(() => {
    // A station has taken the code: the next one is wanted at once.
    if (visit !== undefined) {
      if (stood.current !== undefined && stood.current !== standing) renew();
      stood.current = standing;
    }
  }, [standing, visit === undefined]);
  const seconds = code ? secondsLeft(code, now) : 0;
  const minutes = minutesOff();
  if (problem && isFinal(problem)) {
    return (
      <Screen title={service().code}>
        <Whose id={id} />
        <Failure problem={problem} onRetry={renew} />
      </Screen>
    );
  }
  return (
    <Screen title={service().code}>
      <section class="pass" aria-label={service().code}>
        <Whose id={id} />
        <div class="pass-code">
          {code && seconds > 0 ? (
            <img src={code.picture} alt={w().picture} width={280} height={280} />
          ) : (
            <div class="pass-none" role="status">
              {problem ? <Icon name="offline" size={48} /> : <span class="spinner" aria-hidden="true" />}
              <p>{problem ? w().expired : w().fetching}</p>
            </div>
          )}
        </div>
        {code && seconds > 0 && (
          <div class="pass-left">
            <Ring part={partLeft(code, now)} />
            <p>
              <strong>{w().left(seconds)}</strong>
              <br />
              <span class="small">{w().renews}</span>
            </p>
          </div>
        )}
        {problem && (
          <Button kind="plain" onClick={renew}>
            {w().retry}
          </Button>
        )}
        <p class="small pass-use">{w().use}</p>
      </section>
      {problem && (
        <div role="alert">
          <Notice tone="warn" title={problem.status ? w().late : w().offline}>
            <p>{problem.status ? w().lateText(settings.hotline) : w().offlineText}</p>
            {seconds > 0 && <p>{w().still}</p>}
          </Notice>
        </div>
      )}
      {minutes > 0 && (
        <Notice tone="warn" title={w().clock(minutes)}>
          <p>{w().clockText}</p>
        </Notice>
      )}
      {visit && <Progress visit={visit} />}
      <p class="quiet small">{service().paper}</p>
    </Screen>
  );
}

const ROUND = 2 * Math.PI * 20;

/** What is left of a code's time; the words beside it say the same. */
function Ring({ part }: { part: number }) {
  return (
    <svg class="ring" width="48" height="48" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <circle cx="24" cy="24" r="20" fill="none" stroke="#d5dde6" stroke-width="5" />
      <circle cx="24" cy="24" r="20" fill="none" stroke="#0f62d0" stroke-width="5" stroke-linecap="round" stroke-dasharray={`${part * ROUND} ${ROUND}`} transform="rotate(-90 24 24)" />
    </svg>
  );
}
