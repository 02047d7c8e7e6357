/** While the line is down: the pack that codes are verified by, and the scans that wait to be handed in (ADR 0008). */
import { useEffect, useState } from "preact/hooks";
import type { Answer } from "../shared/api/client";
import { Problem } from "../shared/api/problem";
import { base64url } from "../shared/bytes";
import type { Device, Station } from "../shared/device/device";
import { ask, authorized, bearer, line, reach, serviceNow } from "../shared/device/line";
import { all, drop, keep, kept } from "../shared/device/store";
import { isStale, OfflineVerifier, openPack, type Finding, type Pack } from "../shared/offline/verifier";

export type Verdict = Answer<"/v1/scans", "post">;

interface KeptPack {
  readonly text: string;
  readonly etag: string;
}

/** A scan that waits: the body of `POST /v1/scans` and the Idempotency-Key that it will be handed in under. */
interface Waiting {
  readonly key: string;
  readonly code: string;
  readonly station: Station;
  readonly scanned_at: string;
  /** It had gone out before the line broke, and may have counted: only its answer is missing. */
  readonly sent: boolean;
}

/** What became of one that was handed in: `own` counted before the line broke, `double` was used elsewhere, `odd` is no longer good. */
export interface HandedIn {
  readonly scanned_at: string;
  readonly station: Station;
  /** The service's words where it is not good. */
  readonly title: string;
  readonly fate: "good" | "own" | "double" | "odd";
}

export interface OfflineState {
  readonly pack: Pack | undefined;
  readonly waiting: number;
  readonly handedIn: readonly HandedIn[];
}

const PACK = "pack";
const HANDED_IN = "handed-in";
/** As long as a code lives, and the patience of two tries. */
const SAME_SHOWING_MS = 120_000;
let state: OfflineState = { pack: undefined, waiting: 0, handedIn: [] };
let verifier: OfflineVerifier | undefined;
let busy = false;
const listeners = new Set<() => void>();

function become(change: Partial<OfflineState>): void {
  state = { ...state, ...change };
  listeners.forEach((tell) => tell());
}

export function useOffline(): OfflineState {
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

/** What is kept, as the page starts. */
export async function restore(device: Device): Promise<void> {
  const found = await kept<KeptPack>("device", PACK);
  if (found && device.root) await use(found.text, device);
  become({ waiting: (await all<Waiting>("scans")).length, handedIn: (await kept<readonly HandedIn[]>("device", HANDED_IN)) ?? [] });
}

/** Fetch the pack anew where it has changed. Needs the root key of the receipt. */
export async function refreshPack(device: Device): Promise<void> {
  if (!device.root) return;
  await authorized();
  const had = await kept<KeptPack>("device", PACK);
  const headers = { Authorization: bearer(), Accept: "application/json", ...(had ? { "If-None-Match": had.etag } : {}) };
  const answer = await reach("../v1/offline-pack", { headers });
  if (answer.status !== 200) return;
  const text = await answer.text();
  // One that is not the root key's never replaces one that is.
  await use(text, device);
  await keep("device", PACK, { text, etag: answer.headers.get("ETag") ?? "" });
}

async function use(text: string, device: Device): Promise<void> {
  if (!device.root) return;
  const pack = await openPack(text, device.root);
  if (state.pack?.issuedAt === pack.issuedAt) return;
  verifier = new OfflineVerifier(pack);
  become({ pack });
}

export const packIsStale = (): boolean => state.pack === undefined || isStale(state.pack, serviceNow());

/** What can be said of a code now; a genuine one is kept to be handed in. `none`: this desk has no pack. `sent`: it had gone out before. */
export async function lookOffline(code: string, station: Station, sent: boolean): Promise<Finding | "none"> {
  if (!verifier) return "none";
  const now = serviceNow();
  const finding = await verifier.look(code, now);
  if (finding === "genuine but unconfirmed") {
    const waiting: Waiting = { key: base64url(crypto.getRandomValues(new Uint8Array(16))), code, station, scanned_at: shanghai(now), sent };
    await keep("scans", waiting.key, waiting);
    become({ waiting: state.waiting + 1 });
  }
  return finding;
}

/** Hand in what waits, one after another, each under its own key; what the service refuses for good goes as well. */
export async function handIn(): Promise<void> {
  if (busy || line().network === "bad") return;
  busy = true;
  try {
    for (const { key, sent, ...body } of await all<Waiting>("scans")) {
      const verdict = await handedIn(body, key);
      const { scanned_at, station } = body;
      if (verdict) await tell([...state.handedIn, { scanned_at, station, title: verdict.title, fate: fateOf(verdict, body, sent) }]);
      await drop("scans", key);
      become({ waiting: Math.max(0, state.waiting - 1) });
    }
  } catch {
    // The line is down again, or the service is busy: the next round goes on where this one stopped.
  } finally {
    busy = false;
  }
}

/** A code that had gone out and is used at that very station and minute counted here: only the answer was lost. */
function fateOf(verdict: Verdict, { station, scanned_at }: Pick<Waiting, "station" | "scanned_at">, sent: boolean): HandedIn["fate"] {
  const { reason, used } = verdict;
  if (reason !== "already_used") return reason ? "odd" : "good";
  return sent && used?.station === station && Math.abs(Date.parse(used.at) - Date.parse(scanned_at)) < SAME_SHOWING_MS ? "own" : "double";
}

async function handedIn(body: Omit<Waiting, "key" | "sent">, key: string): Promise<Verdict | undefined> {
  try {
    return await ask("post", "/v1/scans", { body, key });
  } catch (error) {
    if (error instanceof Problem && (error.status === 400 || error.status === 422)) return undefined;
    throw error;
  }
}

/** Kept until somebody has read it. */
async function tell(handedIn: readonly HandedIn[]): Promise<void> {
  become({ handedIn });
  await keep("device", HANDED_IN, handedIn);
}

export const clearHandedIn = (): void => void tell([]);

const shanghai = (now: number): string => `${new Date(Math.floor(now / 1000) * 1000 + 8 * 3600_000).toISOString().slice(0, 19)}+08:00`;
