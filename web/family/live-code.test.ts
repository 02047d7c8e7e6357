import { describe, expect, it } from "vitest";
import { partLeft, secondsLeft, shownFrom, waitAfter } from "./live-code";

const answer = { svg: '<svg xmlns="http://www.w3.org/2000/svg"/>', expires_at: "2026-08-24T10:01:00+08:00", refresh_after: 30 };
const SERVICE = Date.parse("2026-08-24T10:00:00+08:00");

describe("a code that renews itself (D8)", () => {
  it.each([0, 3_600_000, -3_600_000])("counts 60 s by the service's clock on a phone that is wrong by %i ms", (wrong) => {
    const now = SERVICE + wrong;
    const code = shownFrom(answer, now, SERVICE);
    expect(secondsLeft(code, now)).toBe(60);
    expect(code.renewAt - now).toBe(30_000);
    expect(secondsLeft(code, now + 59_001)).toBe(1);
    expect(secondsLeft(code, now + 60_000)).toBe(0);
    expect(secondsLeft(code, now + 90_000)).toBe(0);
  });

  it.each([-86_400_000, 86_400_000])("counts until it is renewed where no clock can be trusted (%i ms)", (wrong) => {
    const code = shownFrom(answer, SERVICE, SERVICE + wrong);
    expect(secondsLeft(code, SERVICE)).toBe(30);
    expect(code.renewAt).toBe(code.until);
  });

  it("has a ring that closes with its time", () => {
    const code = shownFrom(answer, SERVICE, SERVICE);
    expect([0, 15_000, 60_000, 70_000].map((after) => partLeft(code, SERVICE + after))).toEqual([1, 0.75, 0, 0]);
  });

  it("is a picture without an address of others", () => {
    expect(shownFrom(answer, 0, 0).picture).toMatch(/^data:image\/svg\+xml,%3Csvg/);
  });

  it("waits longer after each failure, and as long as it is told to", () => {
    expect([1, 2, 3, 4, 5, 9].map((failures) => waitAfter(failures, undefined))).toEqual([2, 4, 8, 16, 20, 20]);
    expect(waitAfter(1, 45)).toBe(45);
  });
});
