import { beforeEach, describe, expect, it } from "vitest";
import { age, day, time, today, weekday } from "./dates";
import { setLanguage } from "./words";

beforeEach(() => setLanguage("zh"));

describe("dates are those of Asia/Shanghai, wherever the phone is", () => {
  it.each([
    ["2026-08-24T23:30:00+08:00", "2026年8月24日", "23:30"],
    ["2026-08-24T23:30:00Z", "2026年8月25日", "07:30"],
    ["2026-08-24T01:00:00+09:00", "2026年8月24日", "00:00"],
  ])("%s", (text, said, clock) => {
    expect([day(text), time(text)]).toEqual([said, clock]);
  });

  it("turn at midnight there (D2)", () => {
    expect(today(Date.parse("2026-08-24T15:59:59Z"))).toBe("2026-08-24");
    expect(today(Date.parse("2026-08-24T16:00:00Z"))).toBe("2026-08-25");
  });

  it("are said in both languages", () => {
    expect(weekday("2026-08-24")).toBe("8月24日 周一");
    setLanguage("en");
    expect([day("2026-08-24"), weekday("2026-08-24")]).toEqual(["24 Aug 2026", "Mon 24 Aug"]);
  });
});

describe("ages are those that parents say", () => {
  it.each([
    ["2026-08-24", "2026-08-24", "0天"],
    ["2026-07-25", "2026-08-24", "30天"],
    ["2026-07-24", "2026-08-24", "1个月"],
    ["2024-08-25", "2026-08-24", "23个月"],
    ["2024-08-24", "2026-08-24", "2岁"],
    ["2008-11-30", "2026-11-29", "17岁"],
    ["2008-11-29", "2026-11-29", "18岁"],
  ])("%s on %s: %s", (born, on, said) => {
    expect(age(born, on)).toBe(said);
  });
});
