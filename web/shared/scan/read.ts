/** What came from a scanner: a code, a box, only a part of a code, or what names the scanner's settings. */
import { cutShort, readCode } from "../offline/code";
import { readBox, type Box } from "./box";
import { halfWidth, mangled, tidied } from "./tidy";

export type Scanned =
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "box"; readonly box: Box; readonly text: string }
  /** A code of ours that ends too early. */
  | { readonly kind: "cut" }
  /** It begins as a code of ours does and cannot be read: layout, input method, prefix. */
  | { readonly kind: "settings" }
  /** Something else; the service has words for it. */
  | { readonly kind: "other"; readonly text: string };

/** The first reading that makes sense: as typed, then by the places of the keys. */
export function scanned(text: string, physical = text): Scanned {
  const readings = physical === text ? [text] : [text, physical];
  for (const reading of readings) if (isCode(reading)) return { kind: "code", text: tidied(reading) };
  for (const reading of readings) {
    const box = readBox(halfWidth(reading));
    if (box) return { kind: "box", box, text: reading };
  }
  if (readings.some(cutShort)) return { kind: "cut" };
  if (readings.some(mangled)) return { kind: "settings" };
  return { kind: "other", text };
}

function isCode(text: string): boolean {
  try {
    readCode(text);
    return true;
  } catch {
    return false;
  }
}
