import { expect, test } from "vitest";
import { lines } from "./screens/access";

type Entry = Parameters<typeof lines>[0][number];

const entry = (at: string, who: Entry["who"], kind: Entry["kind"]): Entry => ({ at: `2026-11-23T${at}:00+08:00`, who, kind });
const told = (entries: readonly Entry[]): unknown => lines(entries).map(({ entry: { at, who, kind }, times }) => [at.slice(11, 16), who, kind, times]);

test("D11 one's own looks of a day are one line, where the last of them stands", () => {
  const day = [entry("20:00", "claimant", "read"), entry("12:00", "claimant", "read"), entry("08:00", "claimant", "read")];
  expect(told(day)).toEqual([["20:00", "claimant", "read", 3]]);
  expect(told(day.slice(2))).toEqual([["08:00", "claimant", "read", 1]]);
});

test("D11 what others did, every scan and every paper keep lines of their own", () => {
  const day = [
    entry("20:00", "delegate", "read"),
    entry("19:00", "delegate", "read"),
    entry("18:00", "claimant", "read"),
    entry("17:00", "claimant", "document"),
    entry("16:00", "claimant", "document"),
    entry("15:00", "claimant", "scan"),
    entry("14:00", "claimant", "read"),
  ];
  expect(told(day)).toEqual([
    ["20:00", "delegate", "read", 1],
    ["19:00", "delegate", "read", 1],
    ["18:00", "claimant", "read", 2],
    ["17:00", "claimant", "document", 1],
    ["16:00", "claimant", "document", 1],
    ["15:00", "claimant", "scan", 1],
  ]);
  expect(lines([])).toEqual([]);
});
