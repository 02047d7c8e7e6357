// Boxes: GS1 DataMatrix and 药品追溯码, as scanners send them.
import { expect, test } from "vitest";
import { readBox } from "./box";
import { scanned } from "./read";

const GS = "\u001d";
const GTIN = "06901234567892";

test.each([
  ["with GS", `01${GTIN}10AB-12${GS}17270630211234${GS}`],
  ["with GS in front and a mark", `]d2${GS}01${GTIN}1727063010AB-12${GS}211234`],
  ["printed", `(01)${GTIN}(17)270630(10)AB-12(21)1234`],
  ["with the production date", `01${GTIN}1125070117270630${GS}10AB-12${GS}211234`],
])("a GS1 element string %s", (_, text) => {
  expect(readBox(text)).toEqual({ gtin: GTIN, batch: "AB-12", expiresOn: "2027-06-30", traceCode: `${GTIN}1234` });
});

test("day 00 is the last of the month", () => {
  expect(readBox(`01${GTIN}17280200`)?.expiresOn).toBe("2028-02-29");
  expect(readBox(`01${GTIN}17271399`)?.expiresOn).toBeUndefined();
});

test("where the scanner left GS out, the batch is doubtful", () => {
  expect(readBox(`01${GTIN}1727063010AB12211234`)?.doubtful).toBe(true);
});

test.each(["81234567890123456789", " 81234567890123456789\r", "https://example.cn/t?c=81234567890123456789"])("a 药品追溯码 is found: %s", (text) => {
  expect(readBox(text)).toEqual({ traceCode: "81234567890123456789" });
});

test.each(["", "VC1:ABC", "812345678901234567890", "0169012345678", `01${GTIN.slice(0, 13)}0`, "https://example.com/"])("no box: %s", (text) => {
  expect(readBox(text)).toBeUndefined();
});

test("full-width digits of an input method are taken back", () => {
  expect(scanned("８１２３４５６７８９０１２３４５６７８９")).toMatchObject({ kind: "box", box: { traceCode: "81234567890123456789" } });
});
