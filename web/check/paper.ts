/**
 * What a document's code says: `reference/document.py` in the browser, held to the same vectors (reference/document_vectors.json). A code
 * has one spelling; whatever the service does not write is refused. docs/document-map.md tells the map.
 */
import { decoded, type Item } from "../shared/cbor";
import { openSign1, type Sign1 } from "../shared/cose";

/** A dose as the code tells it: `vaccine` is a code of `GET /v1/vaccines`, or the name of what is not listed. Days are `YYYY-MM-DD`. */
export interface Told {
  readonly vaccine: string;
  readonly doseNo: number;
  readonly date: string;
  readonly origin: "local" | "other_province";
  readonly batch?: string;
}

export interface Missing {
  readonly vaccine: string;
  readonly doseNo: number;
}

export interface Paper {
  readonly documentId: string;
  readonly kind: "record" | "school_entry";
  readonly edition: string;
  readonly name: string;
  readonly birthDate: string;
  readonly asOf: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
  /** Undefined where they are too many to be told: `count` says how many there are. */
  readonly doses: readonly Told[] | undefined;
  readonly count: number;
  readonly missing: readonly Missing[];
}

/** A code whose form holds; whether somebody of ours signed it is another question. */
export interface Read {
  readonly paper: Paper;
  readonly envelope: Sign1;
}

/** The map has a form that this page does not know yet. */
export class NewerForm extends Error {}

const MOST_DIGITS = 6000;
const FORM = 1;
const ID_BYTES = 16;
const DAY_MS = 86_400_000;
/** Years 1 to 9999, as calendars have them. */
const [FIRST_DAY, LAST_DAY] = [-719_162, 2_932_896];
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** What decimal digits say. Throws for all that is no document of ours, NewerForm where it may be one of tomorrow's. */
export function readDigits(digits: string): Read {
  const envelope = openSign1(bytesOf(digits));
  return { paper: paperOf(decoded(envelope.payload)), envelope };
}

/**
 * The bytes that decimal digits carry behind 0x01: those of the big-endian integer. Old engines have no BigInt; it is multiplied out in
 * limbs of three bytes, seven digits at a time, which stay below 2^53.
 */
export function bytesOf(digits: string): Uint8Array {
  if (digits.length > MOST_DIGITS || !/^[1-9][0-9]*$/.test(digits)) throw new Error("no digits of a document");
  const limbs: number[] = [];
  for (let at = 0; at < digits.length; at += 7) {
    const part = digits.slice(at, at + 7);
    const [factor, add] = [10 ** part.length, Number(part)];
    let carry = add;
    for (let n = 0; n < limbs.length; n += 1) {
      const product = (limbs[n] ?? 0) * factor + carry;
      limbs[n] = product % 0x1000000;
      carry = Math.floor(product / 0x1000000);
    }
    if (carry > 0) limbs.push(carry);
  }
  const bytes: number[] = [];
  for (const limb of limbs.reverse()) bytes.push(limb >> 16, (limb >> 8) & 0xff, limb & 0xff);
  const start = bytes.findIndex((byte) => byte !== 0);
  if (bytes[start] !== 1) throw new Error("no digits of a document");
  return Uint8Array.from(bytes.slice(start + 1));
}

function paperOf(body: Item): Paper {
  if (!(body instanceof Map)) throw new Error("no map");
  const map = body as ReadonlyMap<Item, Item>;
  const form = whole(map.get(0));
  if (form > FORM) throw new NewerForm();
  const id = map.get(1);
  if (form !== FORM || !(id instanceof Uint8Array) || id.length !== ID_BYTES) throw new Error("another form");
  const kind = whole(map.get(2));
  if (kind !== 1 && kind !== 2) throw new Error("another kind");
  const born = whole(map.get(5));
  const doses = map.has(8) ? list(map.get(8)).reduce<Told[]>((all, course) => all.concat(dosesOf(list(course), born)), []) : undefined;
  const missing = map.has(9) ? list(map.get(9)).reduce<Missing[]>((all, course) => all.concat(missingOf(list(course))), []) : [];
  return {
    documentId: `d${base32(id)}`,
    kind: kind === 1 ? "record" : "school_entry",
    edition: text(map.get(3)),
    name: text(map.get(4)),
    birthDate: dayOf(born),
    asOf: dayOf(whole(map.get(6))),
    issuedAt: whole(map.get(7)) * 1000,
    doses,
    count: map.has(10) ? whole(map.get(10)) : doses ? doses.length : 0,
    missing,
  };
}

function dosesOf(course: readonly Item[], born: number): readonly Told[] {
  const vaccine = text(course[0]);
  return course.slice(1).map((item) => {
    const [number, days, origin, batch, ...more] = list(item);
    if (more.length > 0) throw new Error("more than a dose");
    return {
      vaccine,
      doseNo: whole(number),
      date: dayOf(born + whole(days)),
      origin: origin !== undefined && whole(origin) === 1 ? "other_province" : "local",
      ...(batch === undefined ? {} : { batch: text(batch) }),
    };
  });
}

function missingOf(course: readonly Item[]): readonly Missing[] {
  const vaccine = text(course[0]);
  return course.slice(1).map((number) => ({ vaccine, doseNo: whole(number) }));
}

function whole(item: Item | undefined): number {
  if (typeof item !== "number") throw new Error("no number");
  return item;
}

function text(item: Item | undefined): string {
  if (typeof item !== "string") throw new Error("no text");
  return item;
}

function list(item: Item | undefined): readonly Item[] {
  if (!Array.isArray(item)) throw new Error("no list");
  return item as readonly Item[];
}

/** `YYYY-MM-DD` of days since 1970. */
function dayOf(days: number): string {
  if (days < FIRST_DAY || days > LAST_DAY) throw new Error("no day");
  const made = new Date(days * DAY_MS);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${String(made.getUTCFullYear()).padStart(4, "0")}-${two(made.getUTCMonth() + 1)}-${two(made.getUTCDate())}`;
}

/** Small letters, unpadded (RFC 4648 §6). */
function base32(bytes: Uint8Array): string {
  let made = "";
  let [held, bits] = [0, 0];
  bytes.forEach((byte) => {
    held = held * 256 + byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      const place = 2 ** bits;
      made += BASE32.charAt(Math.floor(held / place));
      held %= place;
    }
  });
  return bits > 0 ? made + BASE32.charAt(held * 2 ** (5 - bits)) : made;
}
