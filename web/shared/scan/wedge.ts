/**
 * A scanner that plays a keyboard. A burst is what comes faster than fingers type; Enter or Tab ends it. What is heard is
 * the key's letter and, beside it, the place of the key on a US keyboard: a scanner that types US English into a PC of
 * another layout is read by the places (R28).
 */
export interface Read {
  /** What was typed, by the PC's layout. */
  readonly text: string;
  /** The same keys on a US keyboard. */
  readonly physical: string;
  /** Whether Enter or Tab came; without it the burst just stopped. */
  readonly ended: boolean;
}

/** What a keyboard event says, so far as a wedge needs it. */
export interface Key {
  readonly key: string;
  readonly code: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** Milliseconds. */
  readonly timeStamp: number;
}

/** No finger types faster than this between two keys for long; slow radio scanners come near it. */
const GAP_MS = 80;
/** So many quick keys make a burst. */
const QUICK = 5;
/** After so long without a key a burst has stopped. */
export const SILENCE_MS = 400;
/** A document's code has up to some 5400 digits. */
const LONGEST = 8192;

const PLAIN: Readonly<Record<string, string>> = {
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"", Backquote: "`~",
  Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", Digit1: "1!", Digit2: "2@", Digit3: "3#", Digit4: "4$", Digit5: "5%", Digit6: "6^",
  Digit7: "7&", Digit8: "8*", Digit9: "9(", Digit0: "0)", NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**", NumpadDivide: "//", NumpadDecimal: "..",
};
/** Control characters as scanners type them: GS, CR, LF, TAB. */
const CONTROL: Readonly<Record<string, string>> = { BracketRight: "\u001d", KeyM: "\r", KeyJ: "\n", KeyI: "\t" };

function onUsKeyboard(event: Key): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  const digit = /^Numpad(\d)$/.exec(event.code)?.[1];
  return digit ?? PLAIN[event.code]?.charAt(event.shiftKey ? 1 : 0) ?? "";
}

/** Listens to keys, one after another, and tells each burst. */
export class Wedge {
  private text = "";
  private physical = "";
  private last = -Infinity;
  private quick = 0;
  private endedAt = -Infinity;

  constructor(private readonly tell: (read: Read) => void) {}

  /** Whether what is being typed is a burst already. */
  get bursting(): boolean {
    return this.quick >= QUICK;
  }

  /** Hear a key. True where it belongs to a scanner: then nothing else may act on it. */
  hear(event: Key): boolean {
    const at = event.timeStamp;
    if (at - this.last > SILENCE_MS) this.forget();
    // A busy PC may stumble over the first keys of a burst: they stay, only the counting begins anew.
    else if (at - this.last > GAP_MS && !this.bursting) this.quick = 0;
    const control = event.ctrlKey && !event.altKey && !event.metaKey ? CONTROL[event.code] : undefined;
    const ends = event.key === "Enter" || event.key === "Tab" || control === "\r" || control === "\n" || control === "\t";
    if (ends) {
      if (this.bursting) return this.end(true, at);
      this.forget();
      // CR and LF after the end that was heard already.
      return at - this.endedAt <= GAP_MS * 2;
    }
    const typed = control ?? (event.ctrlKey || event.metaKey || Array.from(event.key).length !== 1 ? "" : event.key);
    if (!typed) return this.bursting && control !== undefined;
    this.quick = at - this.last <= GAP_MS || this.quick === 0 ? this.quick + 1 : this.quick;
    this.last = at;
    if (this.text.length < LONGEST) {
      this.text += typed;
      this.physical += control ?? onUsKeyboard(event);
    }
    return this.bursting;
  }

  /** Nothing came for SILENCE_MS: a burst that was on has stopped without its end. */
  silence(): void {
    if (this.bursting) this.end(false, this.last);
    else this.forget();
  }

  /** What was heard of the burst so far, before it could be known for one. */
  get heard(): string {
    return this.text;
  }

  private end(ended: boolean, at: number): boolean {
    const read = { text: this.text, physical: this.physical, ended };
    this.forget();
    this.endedAt = at;
    this.tell(read);
    return true;
  }

  private forget(): void {
    this.text = "";
    this.physical = "";
    this.quick = 0;
    this.last = -Infinity;
  }
}
