/**
 * The keys that documents are signed by. The root key signs them, and who it is this page learns from the deployment (`root_thumbprint`),
 * or else from the first visit of this browser, which it keeps: nothing of a person (docs/adr/0016-check-page.md).
 */
import { inTime } from "../shared/api/in-time";
import { unreachable } from "../shared/api/problem";
import { learn } from "../shared/clock";
import { publicKey, type Jwk } from "../shared/es256";
import { signedByRoot, thumbprint } from "../shared/root";
import { settings } from "../shared/settings";

export interface KeySet {
  readonly keys: ReadonlyMap<string, CryptoKey>;
  readonly killed: ReadonlySet<string>;
  readonly root: string;
  /** When the root key signed it, in milliseconds since 1970. */
  readonly signedAt: number;
  /** The network did not answer: it is what was kept (check/worker.ts). */
  readonly kept: boolean;
}

/** The root key did not sign them, or it is another one than this browser knows: nothing is verified by them. */
export class UntrustedKeys extends Error {}

const ADDRESS = "../v1/document-keys";
const KNOWN_ROOT = "vaxcert.check.root";
const PATIENCE_MS = 10_000;

let known: KeySet | undefined;

/** The keys, with this one among them if it is published. Throws Problem where none can be had, UntrustedKeys. */
export async function keysWith(kid: string): Promise<KeySet> {
  const has = known && !known.kept && (known.keys.has(kid) || known.killed.has(kid));
  return has && known ? known : loadKeys();
}

/** Ask for them. Throws Problem, UntrustedKeys. */
export async function loadKeys(): Promise<KeySet> {
  const response = await inTime(fetch(ADDRESS, { credentials: "omit", cache: "no-cache" }), false, PATIENCE_MS).catch(() => {
    throw unreachable(false);
  });
  learn(response.headers.get("Date"));
  const body = response.ok ? ((await response.json().catch(() => undefined)) as unknown) : undefined;
  if (body === undefined) throw unreachable(false);
  known = { ...(await openKeys(body, settings.root_thumbprint || rememberedRoot())), kept: response.headers.has("X-Kept") };
  remember(known.root);
  return known;
}

export const knownKeys = (): KeySet | undefined => known;

/** Check what was published. `pinned` is the id of the root key, if it is known. Throws UntrustedKeys. */
export async function openKeys(body: unknown, pinned: string | undefined): Promise<Omit<KeySet, "kept">> {
  try {
    const { signed, root } = body as { signed: string; root: Jwk };
    const id = await thumbprint(root);
    if (id !== root.kid || (pinned !== undefined && id !== pinned)) throw new UntrustedKeys();
    const [shown = "", payload = "", signature = "", ...more] = signed.split(".");
    if (more.length > 0) throw new UntrustedKeys();
    // What counts is what was signed, never what stands beside it.
    const told = (await signedByRoot(shown, payload, signature, "document-keys+jws", root)) as { iat: number; keys: readonly Jwk[]; killed: readonly string[] };
    const keys = await Promise.all(told.keys.map(async (jwk): Promise<[string, CryptoKey]> => [jwk.kid ?? "", await publicKey(jwk)]));
    return { keys: new Map(keys), killed: new Set(told.killed), root: id, signedAt: told.iat * 1000 };
  } catch {
    throw new UntrustedKeys();
  }
}

function rememberedRoot(): string | undefined {
  try {
    return localStorage.getItem(KNOWN_ROOT) ?? undefined;
  } catch {
    return undefined; // a browser that keeps nothing
  }
}

function remember(root: string): void {
  try {
    localStorage.setItem(KNOWN_ROOT, root);
  } catch {
    // The next visit is a first one again.
  }
}
