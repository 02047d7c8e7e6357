/**
 * The line between this device and the service: its token, renewed before it ends, and what is wrong when something is: the
 * network, this PC's clock, or the device itself.
 */
import { useEffect, useState } from "preact/hooks";
import { authorizeBy, call, type Answer, type Options, type PathsOf } from "../api/client";
import { inTime } from "../api/in-time";
import { Problem, problemOf, unreachable, type ProblemBody } from "../api/problem";
import { fromBase64url } from "../bytes";
import { settings } from "../settings";
import { language } from "../words";
import { assertion, STATIONS, type Device, type Station } from "./device";

export interface LineState {
  /** `unknown` until something was asked. */
  readonly network: "unknown" | "good" | "bad";
  /** `refused`: not enrolled, or disabled; the service does not tell which. */
  readonly device: "unknown" | "good" | "refused";
  /** Seconds by which this PC's clock is ahead of the service's. */
  readonly clockAhead: number;
  /** When the service answered last, in milliseconds of this PC. */
  readonly heardAt: number;
  /** What the device is enrolled for, by its token. */
  readonly enrolledFor?: { readonly clinic: string; readonly stations: readonly Station[] };
}

const FORM = "application/x-www-form-urlencoded";
const EARLY_MS = 60_000;
/** Beyond this an assertion or an offline scan is refused. */
export const CLOCK_SECONDS = 30;

let device: Device | undefined;
let token: { readonly text: string; readonly until: number } | undefined;
let asking: Promise<void> | undefined;
let state: LineState = { network: "unknown", device: "unknown", clockAhead: 0, heardAt: 0 };
const listeners = new Set<() => void>();

authorizeBy(() => token?.text);

function become(change: Partial<LineState>): void {
  state = { ...state, ...change };
  listeners.forEach((tell) => tell());
}

export const line = (): LineState => state;

/** Use this device from now on. */
export function connect(as: Device): void {
  device = as;
  token = undefined;
  become({ device: "unknown" });
}

/** The service's time as well as it is known, in milliseconds. */
export const serviceNow = (): number => Date.now() - state.clockAhead * 1000;

/** Renders again when something about the line changes. */
export function useLine(): LineState {
  const [, render] = useState(0);
  useEffect(() => {
    const tell = (): void => render((n) => n + 1);
    listeners.add(tell);
    return () => {
      listeners.delete(tell);
    };
  }, []);
  return state;
}

/** A fetch that never waits for ever and learns from each answer: the network works, and what time it is there. */
export async function reach(address: string, request: RequestInit = {}): Promise<Response> {
  try {
    const asked = Date.now();
    const response = await inTime(fetch(address, { credentials: "omit", cache: "no-store", ...request }), false);
    heard(response.headers.get("Date"), (asked + Date.now()) / 2);
    return response;
  } catch {
    become({ network: "bad" });
    throw unreachable(false);
  }
}

function heard(date: string | null, at: number): void {
  const there = date === null ? NaN : Date.parse(date);
  // `Date` has whole seconds, rounded down.
  const ahead = Number.isNaN(there) ? state.clockAhead : Math.round((at - there - 500) / 1000);
  become({ network: "good", heardAt: Date.now(), clockAhead: Math.abs(ahead) < 2 ? 0 : ahead });
}

/** Ask only whether the service is there. */
export const ping = (): Promise<unknown> => reach("../healthz").catch(() => undefined);

/** A token that still holds for a while. Throws Problem: offline, or `device_assertion_invalid`. */
export function authorized(): Promise<void> {
  if (token && token.until - EARLY_MS > serviceNow()) return Promise.resolve();
  asking ??= renew().finally(() => {
    asking = undefined;
  });
  return asking;
}

async function renew(): Promise<void> {
  if (!device) throw new Problem(0, {});
  // The assertion has to be made by the service's clock, not by a PC's that is wrong.
  if (!state.heardAt) await reach("../healthz");
  const { enrolment, keys } = device;
  const form = {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await assertion(enrolment.device_id, settings.device_audience, keys.privateKey, serviceNow()),
  };
  const body = Object.entries(form).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const response = await reach("../v1/devices/token", { method: "POST", body, headers: { "Content-Type": FORM, "Accept-Language": language() === "zh" ? "zh-CN" : "en" } });
  const answer = (await response.json().catch(() => ({}))) as ProblemBody & { access_token?: string; expires_in?: number };
  if (response.ok && answer.access_token) {
    token = { text: answer.access_token, until: serviceNow() + (answer.expires_in ?? 0) * 1000 };
    become({ device: "good", ...told(answer.access_token) });
    return;
  }
  if (response.status === 401) {
    token = undefined;
    become({ device: "refused" });
  }
  throw problemOf(response.status, answer, response.headers.get("Retry-After"), language() === "en");
}

/** What the token says of us; it is the service's to verify. */
function told(text: string): Partial<LineState> {
  try {
    const claims = JSON.parse(new TextDecoder().decode(fromBase64url(text.split(".")[1] ?? ""))) as { clinic_code: string; stations: readonly Station[] };
    return { enrolledFor: { clinic: claims.clinic_code, stations: STATIONS.filter((one) => claims.stations.includes(one)) } };
  } catch {
    return {};
  }
}

/** `call` as this device. A token that counts no more is renewed once. Throws Problem. */
export async function ask<M extends "get" | "post", P extends PathsOf<M>>(method: M, route: P, options: Options<P, M> = {}): Promise<Answer<P, M>> {
  for (let tried = 1; ; tried += 1) {
    await authorized();
    try {
      const answer = await inTime(call(method, route, options), method !== "get");
      become({ network: "good", device: "good", heardAt: Date.now() });
      return answer;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 0) become({ network: "bad" });
      else become({ network: "good", heardAt: Date.now() });
      if (error.code === "device_disabled") {
        token = undefined; // enabled again, it needs another
        become({ device: "refused" });
      }
      if (error.status !== 401 || tried > 1) throw error;
      token = undefined;
    }
  }
}

/** The token for a request that `call` cannot make. */
export const bearer = (): string => `Bearer ${token?.text ?? ""}`;
