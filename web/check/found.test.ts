// What people scan in place of a paper's code, and what scanners make of it (D20).
import { expect, test } from "vitest";
import codes from "../../reference/vectors.json";
import vectors from "../../reference/document_vectors.json";
import { find } from "./found";

const text = vectors.cases[0]?.text ?? "";
const digits = text.slice(text.lastIndexOf("#") + 1);

test.each([
  ["as it is", text],
  ["the fragment alone", `#${digits}`],
  ["the digits alone", digits],
  ["with a scanner's mark, CR, LF", `]Q3${text}\r\n`],
  ["full-width, through an input method", text.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))],
  ["with # escaped", text.replace("#", "%23")],
  ["in capitals", text.toUpperCase()],
  ["with something behind", `${text}\t `],
])("a document's code is found %s", (_, scan) => {
  expect(find(scan)).toEqual({ kind: "digits", digits });
});

test("another layout is read by the places of the keys", () => {
  const azerty = text.replace(/[0-9]/g, (digit) => "à&é\"'(-è_ç".charAt(Number(digit)));
  expect(find(azerty, text)).toEqual({ kind: "digits", digits });
  expect(find(azerty)).toEqual({ kind: "address" });
});

test.each([
  ["cut", "https://vaxcert.example.invalid/check/#"],
  ["cut", "https://vaxcert.example.invalid/check/#1234567"],
  ["visit_code", codes.cases[0]?.text ?? ""],
  ["visit_code", (codes.cases[0]?.text ?? "").slice(0, 80)],
  ["box", "81234567890123456789"],
  ["box", "(01)06901234567892(17)270630(10)AB-12"],
  ["address", "https://weixin.example.invalid/r/abc"],
  ["other", "WIFI:T:WPA;S:school;P:x;;"],
  ["other", ""],
  ["settings", "x".repeat(400)],
])("%s: %s", (kind, scan) => {
  expect(find(scan).kind).toBe(kind);
});
