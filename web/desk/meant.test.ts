// Invariant 4 at a desk: what may have been done goes out again under the same key, whatever lost its answer.
import { expect, test } from "vitest";
import { Problem, unreachable } from "../shared/api/problem";
import { meant } from "./meant";

/** Answers each try by the next of `fates`; the keys that it was asked under. */
function service(fates: readonly (Problem | "done")[]) {
  const keys: string[] = [];
  const act = (key: string): Promise<string> => {
    const fate = fates[keys.length] ?? "done";
    keys.push(key);
    return fate === "done" ? Promise.resolve("done") : Promise.reject(fate);
  };
  return { keys, act };
}
const cut = unreachable(true);
const gateway = new Problem(504, {});

test.each([["a lost answer", cut], ["a gateway that did not wait", gateway]])("%s: once more, under the same key", async (_, fault) => {
  const { keys, act } = service([fault]);
  expect(await meant("scan/ticket", "VC1:A", act)).toBe("done");
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
});

test("what stayed unanswered keeps its key, until it is answered; another code has one of its own", async () => {
  const { keys, act } = service([cut, gateway]);
  await expect(meant("scan/ticket", "VC1:B", act)).rejects.toBe(gateway);
  expect(await meant("scan/ticket", "VC1:B", act)).toBe("done");
  expect(new Set(keys).size).toBe(1);
  await meant("scan/ticket", "VC1:B", act);
  await meant("scan/ticket", "VC1:C", act);
  expect(new Set(keys).size).toBe(3);
});

test.each([400, 409, 422, 429])("an answer of %d is an answer: it is not asked again by itself", async (status) => {
  const { keys, act } = service([new Problem(status, {})]);
  await expect(meant(`scan/${status}`, "VC1:D", act)).rejects.toMatchObject({ status });
  expect(keys).toHaveLength(1);
});
