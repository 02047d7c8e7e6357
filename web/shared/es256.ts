/** ES256 (RFC 7518 §3.4) as the service writes it: 64 bytes r | s, and of (r, s) and its twin (r, n - s) only the low s. */
export interface Jwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly x: string;
  readonly y: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
}

/** Half the order of P-256 (FIPS 186-5). */
const HALF_ORDER = fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
const ES256 = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A key that verifies. Throws for what is no public P-256 key for signatures. */
export async function publicKey(jwk: Jwk): Promise<CryptoKey> {
  if ("d" in jwk || (jwk.use ?? "sig") !== "sig" || (jwk.alg ?? "ES256") !== "ES256") throw new Error("no public key for signatures");
  return crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, ES256, false, ["verify"]);
}

/** Whether 64 bytes r | s are the key's ES256 signature. */
export async function holds(key: CryptoKey, signature: Uint8Array, signed: Uint8Array): Promise<boolean> {
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
