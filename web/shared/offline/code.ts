/**
 * What stands in a code: a CWT (RFC 8392) in COSE_Sign1 (RFC 9052), `VC1:` and Base45 (RFC 9285; docs/adr/0004-code-format.md).
 * A code has one spelling: the one fixed structure is walked, every length in its shortest form, nothing else is interpreted.
 */
import { joined, utf8 } from "../bytes";
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

/** The text ends before its code does: a burst was cut. */
export class TooShort extends Error {}

const PREFIX = "VC1:";
const LONGEST = 178; // what a version 7 symbol holds at level M (ISO/IEC 18004)
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** The code in what was scanned. Throws for any other text. */
export function readCode(text: string): Code {
  if (text.length > LONGEST + 32) throw new Error("too long"); // before any work on it
  const body = tidied(text);
  if (!body.startsWith(PREFIX) || body.length > LONGEST) throw new Error("no code of ours");
  const token = new Items(base45(body.slice(PREFIX.length)));
  token.expect([0xd2, 0x84]); // tag 18, an array of four
  const header = token.octets();
  token.expect([0xa0]); // no unprotected header
  const payload = token.octets();
  const signature = token.octets();
  token.end();
  const inHeader = new Items(header);
  inHeader.expect([0xa2, 0x01, 0x26, 0x04]); // alg: ES256, kid
  const kid = String.fromCharCode(...Array.from(inHeader.octets()));
  inHeader.end();
  const claims = new Items(payload);
  claims.expect([0xa3, 0x04]);
  const expires = claims.number(0);
  claims.expect([0x06]);
  const issued = claims.number(0);
  claims.expect([0x07]);
  const cti = claims.octets();
  claims.end();
  if (!/^[0-9a-z]{1,8}$/.test(kid) || cti.length !== 16 || signature.length !== 64) throw new Error("no code of ours");
  // Sig_structure (RFC 9052 §4.4): "Signature1", the protected header, no external data, the payload.
  const signed = joined(Uint8Array.of(0x84, 0x6a), utf8("Signature1"), asOctets(header), Uint8Array.of(0x40), asOctets(payload));
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

/** Walks CBOR items of the expected types in their shortest form. */
class Items {
  private at = 0;

  constructor(private readonly data: Uint8Array) {}

  expect(literal: readonly number[]): void {
    const taken = this.take(literal.length);
    if (literal.some((byte, n) => taken[n] !== byte)) throw new Error("another structure");
  }

  number(major: number): number {
    const first = this.take(1)[0] ?? 0;
    const short = first & 0x1f;
    if (first >> 5 !== major || short > 26) throw new Error("another type"); // eight bytes are never needed here
    const number = short < 24 ? short : this.take(1 << (short - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
    if (head(major, number)[0] !== first) throw new Error("not the shortest form");
    return number;
  }

  octets(): Uint8Array {
    return this.take(this.number(2));
  }

  end(): void {
    if (this.at !== this.data.length) throw new Error("something behind the end");
  }

  private take(count: number): Uint8Array {
    const taken = this.data.slice(this.at, this.at + count);
    if (taken.length !== count) throw new TooShort("too short");
    this.at += count;
    return taken;
  }
}

/** The head of a CBOR item in its shortest form (RFC 8949 §4.2). */
function head(major: number, number: number): Uint8Array {
  if (number < 24) return Uint8Array.of((major << 5) | number);
  const size = number < 1 << 8 ? 0 : number < 1 << 16 ? 1 : 2;
  const bytes = Array.from({ length: 1 << size }, (_, n) => Math.floor(number / 2 ** (8 * ((1 << size) - 1 - n))) % 256);
  return Uint8Array.of((major << 5) | (24 + size), ...bytes);
}

const asOctets = (data: Uint8Array): Uint8Array => joined(head(2, data.length), data);

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
