// A class's table says what was judged, and nothing of what cannot be trusted (D19, D20).
import { expect, test } from "vitest";
import vectors from "../../reference/document_vectors.json";
import type { Entry } from "./list";
import { tableOf } from "./list";
import { readDigits } from "./paper";

const paperOf = (what: string) => {
  const text = vectors.cases.find((one) => one.what === what)?.text ?? "";
  return readDigits(text.slice(text.lastIndexOf("#") + 1)).paper;
};
const AT = Date.parse("2026-09-01T23:59:00+08:00");

test("D20: one line for each, dated as in Shanghai", () => {
  const entries: Entry[] = [
    { at: AT, verdict: { outcome: "current", paper: paperOf("school entry, complete") } },
    { at: AT, verdict: { outcome: "superseded", paper: paperOf("school entry, doses missing") } },
    { at: AT, verdict: { outcome: "no_network", paper: paperOf("a small record") } },
    { at: AT, verdict: { outcome: "altered" } },
  ];
  const [heading, ...lines] = tableOf(entries);
  expect(heading).toHaveLength(10);
  expect(lines[0]).toEqual(["1", "2026-09-01 23:59", "真实，且为最新", "周小样", "2020-05-01", "入托、入学预防接种查验结果", "已完成", "2026-06-30", "2026-07-01", "daebagbafaydqqcikbmga2dqpca"]);
  expect(lines[1]?.[6]).toMatch(/^需补种 \d+ 剂：.*第 \d 剂/);
  expect(lines[2]?.[6]).toBe("预防接种记录，3 剂");
  expect(lines[3]?.slice(2, 5)).toEqual(["内容与签名不符，请勿采信", "（内容不可信，未显示）", ""]);
});
