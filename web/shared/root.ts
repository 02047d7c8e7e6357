/** The root key, which signs what is published about keys and nothing else. */
import { base64url, fromBase64url, utf8 } from "./bytes";
import { holds, publicKey, type Jwk } from "./es256";

/** The RFC 7638 thumbprint of a key, which is the root key's id. Throws for what is no key. */
export async function thumbprint(jwk: Jwk): Promise<string> {
  fromBase64url(jwk.x);
  const members = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(members) as BufferSource)));
}

/** What the root key signed, of three parts of a JWS (RFC 7515) of a type. Throws for what it did not sign. */
export async function signedByRoot(shown: string, payload: string, signature: string, typ: string, root: Jwk): Promise<unknown> {
  const header = JSON.parse(textOf(shown)) as Record<string, unknown>;
  const named = header["alg"] === "ES256" && header["typ"] === typ && header["kid"] === root.kid;
  if (!named || Object.keys(header).length !== 3) throw new Error("another kind of statement, or another key's");
  if (!(await holds(await publicKey(root), fromBase64url(signature), utf8(`${shown}.${payload}`)))) throw new Error("not the root key's");
  return JSON.parse(textOf(payload));
}

const textOf = (encoded: string): string => new TextDecoder().decode(fromBase64url(encoded));
