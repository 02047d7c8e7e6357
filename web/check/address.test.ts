// What the code says stays no moment longer in the address than it has to (D20).
import { afterEach, expect, test } from "vitest";
import { takeFragment } from "./address";

afterEach(() => history.replaceState(null, "", "/"));

test("D20: the fragment is taken out of the address and of the history", () => {
  history.replaceState(null, "", "/check/?from=camera#12345");
  const before = history.length;
  expect(takeFragment()).toBe("#12345");
  expect([location.hash, location.search, history.length]).toEqual(["", "?from=camera", before]);
  expect(takeFragment()).toBeUndefined();
});
