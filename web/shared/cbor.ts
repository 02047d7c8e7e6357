/**
 * CBOR in the one spelling that the service writes: deterministic encoding (RFC 8949 §4.2), every length in its shortest form, keys in
 * their order, and of all types the few that are needed. Whatever encodes to other bytes again is refused.
 */
import { joined } from "./bytes";

/** The data end before the item does: a burst was cut. */
export class TooShort extends Error {}

export type Item = number | string | Uint8Array | readonly Item[] | ReadonlyMap<Item, Item>;

const DEEPEST = 8;

/** Walks items of the expected types in their shortest form. */
export class Items {
  private at = 0;

  constructor(private readonly data: Uint8Array) {}

  expect(literal: readonly number[]): void {
    const taken = this.take(literal.length);
    if (literal.some((byte, n) => taken[n] !== byte)) throw new Error("another structure");
  }

  number(major: number): number {
    const [found, number] = this.head();
    if (found !== major) throw new Error("another type");
    return number;
  }

  octets(): Uint8Array {
    return this.take(this.number(2));
  }

  /** Any item that the service may write. */
  item(depth = 0): Item {
    if (depth > DEEPEST) throw new Error("too deep");
    const [major, number] = this.head();
    if (major === 0) return number;
    if (major === 1) return -1 - number;
    if (major === 2) return this.take(number);
    // `fatal`: bytes that are no UTF-8 are no text. A mark of byte order is a letter as any other.
    if (major === 3) return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(number));
    if (major === 4) {
      const list: Item[] = [];
      while (list.length < number) list.push(this.item(depth + 1));
      return list;
    }
    if (major === 5) return this.map(number, depth + 1);
    throw new Error("another type");
  }

  end(): void {
    if (this.at !== this.data.length) throw new Error("something behind the end");
  }

  private map(count: number, depth: number): ReadonlyMap<Item, Item> {
    const map = new Map<Item, Item>();
    let last: Uint8Array | undefined;
    for (let n = 0; n < count; n += 1) {
      const from = this.at;
      const name = this.item(depth);
      const written = this.data.slice(from, this.at);
      if (last && !follows(written, last)) throw new Error("keys out of order");
      last = written;
      map.set(name, this.item(depth));
    }
    return map;
  }

  private head(): readonly [major: number, number: number] {
    const first = this.take(1)[0] ?? 0;
    const [major, short] = [first >> 5, first & 0x1f];
    if (short > 26) throw new Error("another type"); // eight bytes are never needed here
    const number = short < 24 ? short : this.take(1 << (short - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
    if (head(major, number)[0] !== first) throw new Error("not the shortest form");
    return [major, number];
  }

  private take(count: number): Uint8Array {
    const taken = this.data.slice(this.at, this.at + count);
    if (taken.length !== count) throw new TooShort("too short");
    this.at += count;
    return taken;
  }
}

/** The one item that these bytes are. Throws for any other bytes. */
export function decoded(data: Uint8Array): Item {
  const items = new Items(data);
  const item = items.item();
  items.end();
  return item;
}

/** The head of a CBOR item in its shortest form. */
function head(major: number, number: number): Uint8Array {
  if (number < 24) return Uint8Array.of((major << 5) | number);
  const size = number < 1 << 8 ? 0 : number < 1 << 16 ? 1 : 2;
  const bytes = Array.from({ length: 1 << size }, (_, n) => Math.floor(number / 2 ** (8 * ((1 << size) - 1 - n))) % 256);
  return Uint8Array.of((major << 5) | (24 + size), ...bytes);
}

/** A byte string as an item. */
export const asOctets = (data: Uint8Array): Uint8Array => joined(head(2, data.length), data);

/** Keys stand in the order of their bytes, the shorter first; a key that comes twice follows not. */
function follows(one: Uint8Array, before: Uint8Array): boolean {
  if (one.length !== before.length) return one.length > before.length;
  const at = one.findIndex((byte, n) => byte !== before[n]);
  return at >= 0 && (one[at] ?? 0) > (before[at] ?? 0);
}
