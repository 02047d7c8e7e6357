/**
 * A scanned text as its picture has it, whatever the scanner or an input method made of it. The service and
 * reference/offline_verifier.py read the same (reference/vectors.json): what is told here is never decided here alone.
 */

/** What a Chinese input method makes of a scanner's keystrokes, beside the full-width forms; none of these stands in a code. */
const TYPED: Readonly<Record<string, string>> = { "\u3000": " ", "￥": "$", "。": ".", "、": "/" };
/** Controls, spaces of every width, line ends, and marks that nobody sees (categories Cc, Cf, Zs, Zl, Zp of the BMP). */
const BLANK = "[\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u2064\\u2066-\\u206f\\u3000\\ufeff\\ufff9-\\ufffb]+";
const AROUND = new RegExp(`^${BLANK}|${BLANK}$`, "g");
/** What scanners put in front when they are set to tell the kind of symbol (ISO/IEC 15424). */
const AIM = /^\]Q[0-9A-Z]/;

export const trimmed = (text: string): string => text.replace(AROUND, "");

/** Full-width forms taken back. */
export function halfWidth(text: string): string {
  return text.replace(/[\uff01-\uff5e\u3000￥。、]/g, (letter) => TYPED[letter] ?? String.fromCharCode(letter.charCodeAt(0) - 0xfee0));
}

/** The code in a scanned text; "" where it holds none. */
export function tidied(text: string): string {
  const plain = trimmed(halfWidth(text)).toUpperCase();
  return /^[\x00-\x7f]*$/.test(plain) ? trimmed(plain.replace(AIM, "")) : "";
}

/** Whether a text that cannot be read begins as a code of ours does: then it is the scanner's settings that have to be mended. */
export function mangled(text: string): boolean {
  const begins = trimmed(halfWidth(text.slice(0, 32))).toUpperCase();
  return begins.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 7).includes("VC1");
}
