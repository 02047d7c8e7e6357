/** What was scanned, before anything is decoded: a document's digits, or what people scan in their place. */
import { scanned } from "../shared/scan/read";
import { halfWidth, trimmed } from "../shared/scan/tidy";

export type Found =
  | { readonly kind: "digits"; readonly digits: string }
  /** A document's code that ends too early. */
  | { readonly kind: "cut" }
  /** 亮码, for the clinic. */
  | { readonly kind: "visit_code" }
  | { readonly kind: "box" }
  | { readonly kind: "address" }
  /** Long, and without the digits that must be there: layout, input method. */
  | { readonly kind: "settings" }
  | { readonly kind: "other" };

/** The shortest document has some 350 digits. */
const FEWEST = 100;
const LONG = 300;
const PAGE = /\/check\/?(#\d*)?$/i;

/** `physical` are the same keys of a scanner on a US keyboard. Scanners put things in front and behind: the digits are what counts. */
export function find(text: string, physical = text): Found {
  const readings = [text, physical].map((reading) => trimmed(halfWidth(reading)).replace(/%23/g, "#"));
  for (const reading of readings) {
    const digits = longestRun(reading.slice(reading.lastIndexOf("#") + 1));
    if (digits.length >= FEWEST) return { kind: "digits", digits };
  }
  if (readings.some((reading) => PAGE.test(reading))) return { kind: "cut" };
  const kind = scanned(text, physical).kind;
  if (kind === "code" || kind === "cut" || kind === "settings") return { kind: "visit_code" };
  if (kind === "box") return { kind: "box" };
  if (readings.some((reading) => /^https?:\/\//i.test(reading))) return { kind: "address" };
  return { kind: text.length > LONG ? "settings" : "other" };
}

const longestRun = (text: string): string => (text.match(/[0-9]+/g) ?? []).reduce((longest, run) => (run.length > longest.length ? run : longest), "");
