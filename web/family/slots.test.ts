import { describe, expect, it } from "vitest";
import { dateOf, days, dayShown, later } from "./slots";

const slot = (starts_at: string, remaining: number) => ({ slot_id: starts_at, starts_at, ends_at: starts_at, remaining });

describe("slots to choose among (R2)", () => {
  it("are of the day in Shanghai, wherever the phone is", () => {
    expect(dateOf("2026-08-24T00:30:00+08:00")).toBe("2026-08-24");
    expect(dateOf("2026-08-23T16:30:00Z")).toBe("2026-08-24");
  });

  const offered = days([slot("2026-08-24T08:00:00+08:00", 0), slot("2026-08-24T08:30:00+08:00", 0), slot("2026-08-25T08:00:00+08:00", 2), slot("2026-08-25T13:30:00+08:00", 3)]);

  it("stand by day with what is left of it", () => {
    expect(offered.map(({ date, left, slots }) => [date, left, slots.length])).toEqual([
      ["2026-08-24", 0, 2],
      ["2026-08-25", 5, 2],
    ]);
  });

  it("show the first day with something left, and keep the chosen one, full or not", () => {
    expect(dayShown(offered, undefined)?.date).toBe("2026-08-25");
    expect(dayShown(offered, "2026-08-24")?.date).toBe("2026-08-24");
    expect(dayShown(offered, "2026-08-30")?.date).toBe("2026-08-25");
    expect(dayShown(offered.slice(0, 1), undefined)?.date).toBe("2026-08-24");
    expect(dayShown([], undefined)).toBeUndefined();
  });

  it("are asked for over the ends of months and years", () => {
    expect(later("2026-12-31", 1)).toBe("2027-01-01");
    expect(later("2028-02-28", 1)).toBe("2028-02-29");
  });
});
