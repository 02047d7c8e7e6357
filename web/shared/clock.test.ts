import { afterEach, describe, expect, it } from "vitest";
import { learn, minutesOff, serverNow } from "./clock";

const NOW = Date.parse("2026-08-24T02:00:00Z");

describe("the service's clock", () => {
  afterEach(() => learn(new Date(NOW).toUTCString(), NOW));

  it("is learnt from an answer's Date, and a phone that is wrong is told by how much", () => {
    learn("Mon, 24 Aug 2026 03:00:00 GMT", NOW);
    expect(serverNow(NOW)).toBe(NOW + 3_600_000);
    expect(minutesOff()).toBe(60);
    learn("Mon, 24 Aug 2026 01:58:00 GMT", NOW);
    expect(minutesOff()).toBe(2);
  });

  it("agrees to within half a minute, and is kept where an answer does not tell it", () => {
    learn("Mon, 24 Aug 2026 02:00:29 GMT", NOW);
    expect(minutesOff()).toBe(0);
    learn(null, NOW);
    learn("nonsense", NOW);
    expect(serverNow(NOW)).toBe(NOW + 29_000);
  });
});
