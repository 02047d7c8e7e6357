import { expect, test } from "vitest";
import papersEn from "./texts/documents.en.json";
import papersZh from "./texts/documents.zh.json";
import faqEn from "./texts/faq.en.json";
import faqZh from "./texts/faq.zh.json";
import mineEn from "./texts/my-data.en.json";
import mineZh from "./texts/my-data.zh.json";
import { filled } from "./texts";

/** Where words stand, and what is filled in there. */
function shape(value: unknown): unknown {
  if (typeof value === "string") return (value.match(/\{\w+\}/g) ?? []).sort();
  if (Array.isArray(value)) return value.map(shape);
  return Object.entries(value as Record<string, unknown>).map(([name, one]) => [name, name === "until" ? one : shape(one)]);
}

test.each([
  ["documents", papersZh, papersEn],
  ["faq", faqZh, faqEn],
  ["my-data", mineZh, mineEn],
])("D12 %s says the same in both languages", (_, zh, en) => {
  expect(shape(en)).toEqual(shape(zh));
});

test("D18 no text keeps a limit, a date, a city or the hotline of its own", () => {
  for (const { answer } of [...faqZh.questions, ...faqEn.questions]) expect(answer).not.toMatch(/2017|400-101|南通|无锡|Nantong|Wuxi|10人|10 people/);
  const places = JSON.stringify(faqZh).match(/\{\w+\}/g);
  expect(new Set(places)).toEqual(new Set(["{born}", "{dose}", "{age}", "{cities}", "{limit}"]));
});

test("places are filled in, all of them", () => {
  expect(filled("满{age}周岁，{cities}", { age: 18, cities: "南通市和无锡市" })).toBe("满18周岁，南通市和无锡市");
});
