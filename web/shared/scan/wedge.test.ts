// Scanners as they are (R28): bursts, ends, layouts, controls, and fingers beside them.
import { expect, test } from "vitest";
import { SILENCE_MS, Wedge, type Key, type Read } from "./wedge";

const key = (letter: string, at: number, more: Partial<Key> = {}): Key => ({ key: letter, code: "", shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, timeStamp: at, ...more });

function heard(events: readonly Key[], silence = false): Read[] {
  const reads: Read[] = [];
  const wedge = new Wedge((read) => reads.push(read));
  events.forEach((event) => wedge.hear(event));
  if (silence) wedge.silence();
  return reads;
}

const burst = (text: string, gap = 2, from = 1000): Key[] => Array.from(text, (letter, n) => key(letter, from + n * gap));

test.each([2, 15, 45])("a burst with %d ms between keys is one reading", (gap) => {
  expect(heard([...burst("VC1:ABCDEF", gap), key("Enter", 1000 + 10 * gap)])).toEqual([{ text: "VC1:ABCDEF", physical: "", ended: true }]);
});

test("Tab, Ctrl+M and Ctrl+J end it as well, and what follows the end is swallowed", () => {
  const wedge = new Wedge(() => undefined);
  burst("VC1:ABC").forEach((event) => wedge.hear(event));
  expect(wedge.hear(key("m", 1020, { code: "KeyM", ctrlKey: true }))).toBe(true);
  expect(wedge.hear(key("j", 1022, { code: "KeyJ", ctrlKey: true }))).toBe(true);
  expect(wedge.hear(key("Enter", 3000))).toBe(false);
});

test("fingers are no scanner", () => {
  const typed = Array.from("hello", (letter, n) => key(letter, 1000 + n * 140));
  expect(heard([...typed, key("Enter", 1800)], true)).toEqual([]);
});

test("a PC that stumbles in the middle of the first keys loses none of them", () => {
  const typed = [...burst("VC1"), ...burst(":ABCDEFG", 2, 1150), key("Enter", 1170)];
  expect(heard(typed)[0]?.text).toBe("VC1:ABCDEFG");
});

test("a line that fingers ended is not the beginning of what is scanned next", () => {
  const typed = [...Array.from("no", (letter, n) => key(letter, 500 + n * 140)), key("Enter", 800)];
  expect(heard([...typed, ...burst("VC1:ABC"), key("Enter", 1020)])[0]?.text).toBe("VC1:ABC");
});

test("letters that a finger typed before are not part of the burst", () => {
  expect(heard([key("x", 100), ...burst("VC1:ABC"), key("Enter", 1020)])[0]?.text).toBe("VC1:ABC");
});

test("another layout is read by the places of the keys", () => {
  // A US scanner types V C 1 Shift+; into a German PC, which makes Ö of it.
  const typed = [key("V", 0, { code: "KeyV", shiftKey: true }), key("C", 2, { code: "KeyC", shiftKey: true }), key("1", 4, { code: "Digit1" }), key("Ö", 6, { code: "Semicolon", shiftKey: true }), key("Y", 8, { code: "KeyZ", shiftKey: true }), key("ß", 10, { code: "Minus" })];
  expect(heard([...typed, key("Enter", 12)])[0]).toMatchObject({ text: "VC1ÖYß", physical: "VC1:Z-" });
});

test("Shift itself is no letter, Ctrl+] is GS", () => {
  const typed = [...burst("01234"), key("Shift", 1011, { code: "ShiftLeft" }), key("]", 1012, { code: "BracketRight", ctrlKey: true }), key("A", 1014)];
  expect(heard([...typed, key("Enter", 1016)])[0]?.text).toBe("01234\u001dA");
});

test("a burst that stops without its end says so", () => {
  expect(heard(burst("VC1:ABC"), true)).toEqual([{ text: "VC1:ABC", physical: "", ended: false }]);
  expect(SILENCE_MS).toBeLessThan(500);
});
