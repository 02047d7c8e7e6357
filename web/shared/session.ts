import { useEffect, useState } from "preact/hooks";

/** The caller's session: in memory, and in sessionStorage so that it outlives a reload, never longer than the tab. */
export interface Session {
  readonly token: string;
  readonly expires_at: string;
  /** Masked by the service. */
  readonly name: string;
  readonly method: string;
  readonly channel: string;
  /** When the platform verified, by this phone's clock, in milliseconds. */
  readonly verified: number;
}

const KEPT = "vaxcert.session";
const listeners = new Set<() => void>();
let current: Session | null = load();

function load(): Session | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Session | null;
    return kept && Date.parse(kept.expires_at) > Date.now() ? kept : null;
  } catch {
    return null;
  }
}

export const session = (): Session | null => current;

export function openSession(opened: Session): void {
  current = opened;
  sessionStorage.setItem(KEPT, JSON.stringify(opened));
  tell();
}

/** The token counts no more; where one was stays, to go on from there after the next verification. */
export function endSession(): void {
  current = null;
  sessionStorage.removeItem(KEPT);
  tell();
}

/** Forget everything that this tab holds of a person. */
export function forgetSession(): void {
  sessionStorage.clear();
  endSession();
}

function tell(): void {
  listeners.forEach((listener) => listener());
}

/** The session; renders again when it opens or ends. */
export function useSession(): Session | null {
  const [, render] = useState(0);
  useEffect(() => {
    const listen = (): void => render((n) => n + 1);
    listeners.add(listen);
    return () => {
      listeners.delete(listen);
    };
  }, []);
  return current;
}

/** Whether the verification still counts for claiming, granting and releasing, with time left to do it. */
export function isFresh(seconds: number, now = Date.now()): boolean {
  return current !== null && now - current.verified < (seconds - 60) * 1000;
}
