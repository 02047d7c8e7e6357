/**
 * What a device may say of a code while its line is down: reference/offline_verifier.py in the browser, held to the same
 * vectors (reference/vectors.json, ADR 0008). It says `genuine but unconfirmed`, never `accepted`: whether a code was used,
 * revoked or released only the service knows. A pack past 48 hours says `stale` to everything.
 */
import { base64url, fromBase64url, utf8 } from "../bytes";
import { mangled } from "../scan/tidy";
import { readCode, type Code } from "./code";

export type Finding = "genuine but unconfirmed" | "stale" | "expired" | "seen before" | "malformed" | "malformed by the scanner's settings" | "unknown_key" | "bad_signature";

/** A device's clock may be off by so many seconds; the service takes the same when the scan is handed in. */
export const SKEW_SECONDS = 30;
const SERVES_SECONDS = 48 * 3600;
/** Half the order of P-256 (FIPS 186-5): of (r, s) and its twin (r, n - s) only the low s counts. */
const HALF_ORDER = fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
const ES256 = { name: "ECDSA", namedCurve: "P-256" } as const;

export interface Jwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly x: string;
  readonly y: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
}

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
    const header = JSON.parse(textOf(shown)) as Record<string, unknown>;
    const named = header["alg"] === "ES256" && header["typ"] === "offline-pack+jws" && header["kid"] === root.kid;
    if (!named || Object.keys(header).length !== 3) throw new UntrustedPack();
    if (!(await holds(await publicKey(root), fromBase64url(signature), utf8(`${shown}.${payload}`)))) throw new UntrustedPack();
    const told = JSON.parse(textOf(payload)) as { issued_at: string; code_ttl_seconds: number; keys: readonly Jwk[]; killed: readonly string[] };
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

async function publicKey(jwk: Jwk): Promise<CryptoKey> {
  if ("d" in jwk || (jwk.use ?? "sig") !== "sig" || (jwk.alg ?? "ES256") !== "ES256") throw new Error("no public key for signatures");
  return crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, ES256, false, ["verify"]);
}

/** Whether 64 bytes r | s are the key's ES256 signature. */
async function holds(key: CryptoKey, signature: Uint8Array, signed: Uint8Array): Promise<boolean> {
  if (signature.length !== 64 || above(signature.slice(32), HALF_ORDER)) return false;
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature as BufferSource, signed as BufferSource);
}

function above(one: Uint8Array, other: Uint8Array): boolean {
  for (let n = 0; n < one.length; n += 1) {
    const difference = (one[n] ?? 0) - (other[n] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, n) => parseInt(text.slice(2 * n, 2 * n + 2), 16));
}

const textOf = (encoded: string): string => new TextDecoder().decode(fromBase64url(encoded));
