// Every verdict: by its order of form, key, signature, status (D20).
import { expect, test } from "vitest";
import vectors from "../../reference/document_vectors.json";
import { Problem, unreachable } from "../shared/api/problem";
import { find } from "./found";
import { isJudged, judge, type Outcome, type Service, type Verdict } from "./judge";
import { openKeys, UntrustedKeys } from "./keys";

const textOf = (what: string): string => vectors.cases.find((one) => one.what === what)?.text ?? "";
const GOOD = textOf("a small record");

async function judged(text: string, change: Partial<Service> = {}, kept = false): Promise<{ verdict: Verdict; told: Outcome[] }> {
  const keys = { ...(await openKeys(vectors.published, undefined)), kept };
  const told: Outcome[] = [];
  const service: Service = { keysWith: () => Promise.resolve(keys), statusOf: () => Promise.resolve("current"), ...change };
  return { verdict: await judge(find(text), service, (early) => told.push(early.outcome)), told };
}

const failing = (problem: Error): (() => Promise<never>) => () => Promise.reject(problem);

test.each(["current", "superseded", "withdrawn", "unknown"] as const)("D20: the service says %s", async (status) => {
  const { verdict, told } = await judged(GOOD, { statusOf: () => Promise.resolve(status) });
  expect([verdict.outcome, verdict.paper?.name, told]).toEqual([status, "周小样", ["asking"]]);
});

test("D20: only the id is asked for", async () => {
  const asked: string[] = [];
  await judged(GOOD, { statusOf: (id) => (asked.push(id), Promise.resolve("current")) });
  expect(asked).toEqual(["daebagbafaydqqcikbmga2dqpca"]);
});

test.each([
  ["no_network", GOOD, { statusOf: failing(unreachable(false)) }, true],
  ["no_status", GOOD, { statusOf: failing(new Problem(503, { title: "服务繁忙" })) }, true],
  ["no_keys", GOOD, { keysWith: failing(unreachable(false)) }, false],
  ["untrusted_keys", GOOD, { keysWith: failing(new UntrustedKeys()) }, false],
  ["altered", textOf("the name was changed"), {}, false],
  ["foreign_key", textOf("a key of somebody else"), {}, false],
  ["killed_key", textOf("a killed key"), {}, false],
  ["malformed", textOf("its last digit is gone"), {}, false],
  ["newer_form", textOf("another form"), {}, false],
] as const)("D20: %s", async (outcome, text, change, shown) => {
  const { verdict } = await judged(text, change);
  expect([verdict.outcome, verdict.paper !== undefined]).toEqual([outcome, shown]);
});

test("D20: nothing is asked of what is not ours", async () => {
  const asked: string[] = [];
  const statusOf = (id: string): Promise<"current"> => (asked.push(id), Promise.resolve("current"));
  const keys = { ...(await openKeys(vectors.published, undefined)), kept: false };
  for (const { what, text } of vectors.cases.filter((one) => one.finding !== "genuine")) {
    const digits = text.slice(text.lastIndexOf("#") + 1);
    expect((await judge({ kind: "digits", digits }, { keysWith: () => Promise.resolve(keys), statusOf })).paper, what).toBeUndefined();
  }
  expect(asked).toEqual([]);
});

test("D20: an unknown key is not foreign where the keys are those of before", async () => {
  expect((await judged(textOf("a key of somebody else"), {}, true)).verdict.outcome).toBe("old_keys");
});

test("a list has documents, and no mishaps of scanning", () => {
  expect((["current", "no_network", "altered", "foreign_key", "killed_key"] as const).map((outcome) => isJudged({ outcome, ...(["current", "no_network"].includes(outcome) ? { paper: {} as never } : {}) }))).toEqual([true, true, true, true, true]);
  expect((["asking", "visit_code", "no_keys", "no_code", "cut"] as const).some((outcome) => isJudged({ outcome }))).toBe(false);
});
