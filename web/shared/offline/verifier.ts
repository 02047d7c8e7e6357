/**
 * What a device may say of a code while its line is down: reference/offline_verifier.py in the browser, held to the same
 * vectors (reference/vectors.json, ADR 0008). It says `genuine but unconfirmed`, never `accepted`: whether a code was used,
 * revoked or released only the service knows. A pack past 48 hours says `stale` to everything.
 */
import { base64url } from "../bytes";
import { holds, publicKey, type Jwk } from "../es256";
import { signedByRoot } from "../root";
import { mangled } from "../scan/tidy";
import { readCode, type Code } from "./code";

export type Finding = "genuine but unconfirmed" | "stale" | "expired" | "seen before" | "malformed" | "malformed by the scanner's settings" | "unknown_key" | "bad_signature";

/** A device's clock may be off by so many seconds; the service takes the same when the scan is handed in. */
export const SKEW_SECONDS = 30;
const SERVES_SECONDS = 48 * 3600;

/** A pack whose signature was checked; of its keys the killed ones are gone. */
export interface Pack {
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  readonly lifetimeSeconds: number;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

/** The pack is not the root key's: whoever wrote it, nothing is verified by it. */
export class UntrustedPack extends Error {}

/** Check a pack, a flattened JWS (RFC 7515 §7.2.2), by the root key of the enrolment's receipt. Throws UntrustedPack. */
export async function openPack(text: string, root: Jwk): Promise<Pack> {
  try {
    const sent = JSON.parse(text) as Record<string, string>;
    const [shown, payload, signature] = [sent["protected"] ?? "", sent["payload"] ?? "", sent["signature"] ?? ""];
    const told = (await signedByRoot(shown, payload, signature, "offline-pack+jws", root)) as { issued_at: string; code_ttl_seconds: number; keys: readonly Jwk[]; killed: readonly string[] };
    const living = told.keys.filter((jwk) => jwk.kid !== undefined && !told.killed.includes(jwk.kid));
    const keys = await Promise.all(living.map(async (jwk): Promise<[string, CryptoKey]> => [jwk.kid ?? "", await publicKey(jwk)]));
    const issuedAt = Date.parse(told.issued_at);
    if (Number.isNaN(issuedAt) || typeof told.code_ttl_seconds !== "number") throw new UntrustedPack();
    return { issuedAt, lifetimeSeconds: told.code_ttl_seconds, keys: new Map(keys) };
  } catch {
    throw new UntrustedPack();
  }
}

/** Whether it is older than 48 hours, or of a time to come: then the clock is wrong and nothing can be said either. */
export function isStale(pack: Pack, now: number): boolean {
  const age = (now - pack.issuedAt) / 1000;
  return age < -SKEW_SECONDS || age > SERVES_SECONDS;
}

/** One device while its line is down. It remembers the codes that it saw: a second showing is told at once. */
export class OfflineVerifier {
  private readonly seen = new Set<string>();

  constructor(private readonly pack: Pack) {}

  /** What can be said of a scanned text at a moment, in milliseconds. */
  async look(text: string, now: number): Promise<Finding> {
    if (isStale(this.pack, now)) return "stale";
    let code: Code;
    try {
      code = readCode(text);
      const lives = code.expires - code.issued;
      if (lives <= 0 || lives > this.pack.lifetimeSeconds) throw new Error("it would live too long");
    } catch {
      return mangled(text) ? "malformed by the scanner's settings" : "malformed";
    }
    const key = this.pack.keys.get(code.kid);
    if (!key) return "unknown_key";
    if (!(await holds(key, code.signature, code.signed))) return "bad_signature";
    const seconds = Math.floor(now / 1000);
    if (seconds < code.issued - SKEW_SECONDS || seconds >= code.expires + SKEW_SECONDS) return "expired";
    const mark = base64url(code.cti);
    if (this.seen.has(mark)) return "seen before";
    this.seen.add(mark);
    return "genuine but unconfirmed";
  }
}
