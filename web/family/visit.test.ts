import { describe, expect, it } from "vitest";
import { nextWait, stationsDone } from "./visit";

describe("a visit that is followed (D21)", () => {
  it("is asked for soon after a change, and ever more slowly while nothing happens", () => {
    const waits = [5];
    for (let n = 0; n < 6; n += 1) waits.push(nextWait(waits[n] ?? 0, "same"));
    expect(waits.every((wait, n) => n === 0 || wait >= (waits[n - 1] ?? 0))).toBe(true);
    expect(waits[6]).toBe(20);
    expect(nextWait(20, "changed")).toBe(5);
  });

  it("spares a service that fails", () => {
    expect([5, 10, 40, 60].map((wait) => nextWait(wait, "failed"))).toEqual([10, 20, 60, 60]);
  });

  it.each([
    ["waiting_registration", 1],
    ["registering", 1],
    ["waiting_vaccination", 2],
    ["vaccinating", 2],
    ["observing", 3],
    ["done", 4],
    ["deferred", undefined],
    ["abandoned", undefined],
  ])("stands at its station: %s", (state, done) => {
    expect(stationsDone(state)).toBe(done);
  });
});
