/**
 * What stands in a code: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052), `VC1:` and Base45 (RFC 9285; docs/adr/0004-code-format.md).
 * A code has one spelling: the one fixed structure is walked, every length in its shortest form, nothing else is interpreted.
 */
import { Items, TooShort } from "../cbor";
import { openSign1 } from "../cose";
import { tidied } from "../scan/tidy";

export interface Code {
  readonly kid: string;
  /** Seconds since 1970. */
  readonly issued: number;
  readonly expires: number;
  readonly cti: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
}

const PREFIX = "VC1:";
const LONGEST = 178; // what a version 7 symbol holds at level M (ISO/IEC 18004)
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** The code in what was scanned. Throws for any other text. */
export function readCode(text: string): Code {
  if (text.length > LONGEST + 32) throw new Error("too long"); // before any work on it
  const body = tidied(text);
  if (!body.startsWith(PREFIX) || body.length > LONGEST) throw new Error("no code of ours");
  const { kid, payload, signature, signed } = openSign1(base45(body.slice(PREFIX.length)));
  const claims = new Items(payload);
  claims.expect([0xa3, 0x04]);
  const expires = claims.number(0);
  claims.expect([0x06]);
  const issued = claims.number(0);
  claims.expect([0x07]);
  const cti = claims.octets();
  claims.end();
  if (cti.length !== 16) throw new Error("no code of ours");
  return { kid, issued, expires, cti, signature, signed };
}

/** Whether a text is the beginning of a code and no more. */
export function cutShort(text: string): boolean {
  try {
    readCode(text);
    return false;
  } catch (error) {
    const body = tidied(text);
    // A code that lacks its last letters may be no Base45 either; fewer letters than the shortest code are a cut as well.
    return body.startsWith(PREFIX) && (error instanceof TooShort || (body.length < LONGEST - 30 && /^[0-9A-Z $%*+\-./:]*$/.test(body)));
  }
}

/** The bytes of a Base45 text (RFC 9285). */
function base45(text: string): Uint8Array {
  const made: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = Array.from(text.slice(at, at + 3), (letter) => BASE45.indexOf(letter));
    if (group.length === 1) throw new TooShort("a letter too few");
    if (group.includes(-1)) throw new Error("another letter");
    const value = group.reduce((sum, digit, place) => sum + digit * 45 ** place, 0);
    if (value >= 256 ** (group.length - 1)) throw new Error("more than its bytes hold");
    if (group.length === 3) made.push(value >> 8);
    made.push(value & 0xff);
  }
  return Uint8Array.from(made);
}
