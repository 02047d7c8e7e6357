/**
 * What a vaccine's box says: a GS1 element string (General Specifications, of a DataMatrix) or a 药品追溯码 of twenty digits.
 * Scanners send GS (U+001D) between elements of open length, brackets when they are set to print, or nothing at all.
 */
export interface Box {
  /** Application identifier 01, fourteen digits. */
  readonly gtin?: string;
  readonly batch?: string;
  /** The last day of use, `YYYY-MM-DD` (17). */
  readonly expiresOn?: string;
  /** What stands for the one box: 药品追溯码, or item number and serial (01, 21). */
  readonly traceCode?: string;
  /** The scanner left out what ends the batch: it has to be compared with the box. */
  readonly doubtful?: boolean;
}

const GS = "\u001d";
/** Lengths that are fixed; all others end with GS. */
const FIXED: Readonly<Record<string, number>> = { "00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2 };
const OPEN: Readonly<Record<string, number>> = { "10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "710": 20, "711": 20, "712": 20, "713": 20 };
const TRACE = /(?:^|\D)(8\d{19})(?!\d)/;

/** What a scanned text says of a box; undefined where it is none. */
export function readBox(text: string): Box | undefined {
  const plain = text.replace(/^\](?:C1|d2|Q3|e0)/i, "").replace(/[\r\n\t ]+$/g, "");
  const trace = TRACE.exec(plain);
  if (trace?.[1] && !/^\(?01\)?\d{14}/.test(plain)) return { traceCode: trace[1] };
  const found = plain.startsWith("(") ? printed(plain) : sent(plain);
  const gtin = found?.elements.get("01");
  if (!found || !gtin || !checked(gtin)) return undefined;
  const [batch, serial, ends] = ["10", "21", "17"].map((name) => found.elements.get(name));
  const expiresOn = ends ? dayOf(ends) : undefined;
  return {
    gtin,
    ...(batch ? { batch } : {}),
    ...(expiresOn ? { expiresOn } : {}),
    ...(serial ? { traceCode: gtin + serial } : {}),
    ...(found.doubtful ? { doubtful: true } : {}),
  };
}

interface Found {
  readonly elements: ReadonlyMap<string, string>;
  readonly doubtful: boolean;
}

/** `(01)0690…(17)…`: as it is printed beneath a symbol. */
function printed(text: string): Found | undefined {
  const elements = new Map<string, string>();
  const pattern = /\((\d{2,4})\)([^(]+)/g;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) elements.set(match[1] ?? "", (match[2] ?? "").split(GS).join(""));
  return elements.size ? { elements, doubtful: false } : undefined;
}

function sent(text: string): Found | undefined {
  const elements = new Map<string, string>();
  let doubtful = false;
  let rest = text;
  while (rest) {
    if (rest.startsWith(GS)) {
      rest = rest.slice(1);
      continue;
    }
    const name = [2, 3].map((count) => rest.slice(0, count)).find((start) => start in FIXED || start in OPEN);
    if (name === undefined) return undefined;
    const fixed = FIXED[name];
    const end = rest.indexOf(GS);
    const length = fixed ?? (end < 0 ? rest.length : end) - name.length;
    const value = rest.slice(name.length, name.length + length);
    if (fixed !== undefined && !(value.length === fixed && /^\d+$/.test(value))) return undefined;
    // Longer than the element may be, or holding what looks like the next one: GS was left out.
    if (fixed === undefined && (value.length > (OPEN[name] ?? 0) || (name === "10" && end < 0 && /.(17\d{6}|21.+)$/.test(value)))) doubtful = true;
    elements.set(name, fixed === undefined ? value.slice(0, OPEN[name]) : value);
    rest = rest.slice(name.length + length);
  }
  return { elements, doubtful };
}

/** Day 00 means the last day of the month. */
function dayOf(six: string): string | undefined {
  const [year, month, day] = [0, 2, 4].map((at) => Number(six.slice(at, at + 2))) as [number, number, number];
  const last = new Date(Date.UTC(2000 + year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day > last) return undefined;
  return new Date(Date.UTC(2000 + year, month - 1, day || last)).toISOString().slice(0, 10);
}

/** The check digit of an item number (GS1, modulo 10). */
function checked(gtin: string): boolean {
  const sum = Array.from(gtin, Number).reduce((total, digit, at) => total + digit * (at % 2 === 0 ? 3 : 1), 0);
  return sum % 10 === 0;
}
