import { describe, expect, it } from "vitest";
import { Intention } from "./intention";

describe("an intention", () => {
  it("keeps its key for every retry of the same body (invariant 4)", () => {
    const intention = new Intention();
    const key = intention.keyFor({ phone: "1" });
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(intention.keyFor({ phone: "1" })).toBe(key);
  });

  it("has another key for another body, and after it is done", () => {
    const intention = new Intention();
    const first = intention.keyFor({ phone: "1" });
    const second = intention.keyFor({ phone: "2" });
    intention.done();
    expect(new Set([first, second, intention.keyFor({ phone: "2" })]).size).toBe(3);
  });
});
