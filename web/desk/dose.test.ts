// What a box says lands in the right vaccine of the visit.
import { expect, test } from "vitest";
import { EMPTY, isExpired, missing, MOST_DOSES, withBox } from "./dose";

const GS1 = { gtin: "06901234567892", batch: "AB-12", expiresOn: "2027-06-30", traceCode: "069012345678921234" };
const TRACE = { traceCode: "81234567890123456789" };

test("a GS1 symbol fills batch, last day and trace code of the vaccine that is being typed", () => {
  const { drafts, at } = withBox([{ ...EMPTY, vaccine: "0401" }], GS1);
  expect(at).toBe(0);
  expect(drafts).toEqual([{ ...EMPTY, vaccine: "0401", batch: "AB-12", expires: "2027-06-30", trace: "069012345678921234" }]);
  expect(missing(drafts[0] ?? EMPTY)).toEqual(["site"]);
});

test("药品追溯码 beside the symbol belongs to the same box while its batch is missing", () => {
  expect(withBox(withBox([EMPTY], TRACE).drafts, { batch: "AB-12" }).drafts).toEqual([{ ...EMPTY, batch: "AB-12", trace: TRACE.traceCode }]);
  expect(withBox(withBox([EMPTY], GS1).drafts, TRACE).drafts).toEqual([{ ...EMPTY, batch: "AB-12", expires: "2027-06-30", trace: TRACE.traceCode }]);
});

test("another whole box is another vaccine, five at most; the same box again changes nothing", () => {
  let drafts = withBox([EMPTY], GS1).drafts;
  expect(withBox(drafts, GS1)).toEqual({ drafts, at: 0 });
  for (let n = 1; n < MOST_DOSES; n += 1) drafts = withBox(drafts, { ...GS1, traceCode: `069012345678929${n}` }).drafts;
  expect(drafts).toHaveLength(MOST_DOSES);
  expect(new Set(drafts.map((draft) => draft.trace)).size).toBe(MOST_DOSES);
});

test("the last day is a day of use, the day after is not", () => {
  const draft = { ...EMPTY, expires: "2027-06-30" };
  expect(isExpired(draft, "2027-06-30")).toBe(false);
  expect(isExpired(draft, "2027-07-01")).toBe(true);
});
