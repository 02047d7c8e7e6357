// Documents are read as the reference reads them (D20, docs/document-map.md).
import { describe, expect, test } from "vitest";
import vectors from "../../reference/document_vectors.json";
import { judge, type Service } from "./judge";
import { openKeys, UntrustedKeys, type KeySet } from "./keys";
import { bytesOf, readDigits } from "./paper";

// New engines have it, and it is what ours is held to; old ones lack it, and so does our `lib`.
declare function BigInt(text: string): { toString(radix?: number): string };

const published = async (): Promise<KeySet> => ({ ...(await openKeys(vectors.published, vectors.published.root.kid)), kept: false });
const FINDINGS: Record<string, string> = { current: "genuine", malformed: "malformed", newer_form: "malformed", altered: "bad_signature", foreign_key: "unknown_key", killed_key: "killed_key" };

test.each(vectors.cases)("D20: $what", async ({ text, finding, told }) => {
  const keys = await published();
  const service: Service = { keysWith: () => Promise.resolve(keys), statusOf: () => Promise.resolve("current") };
  const verdict = await judge({ kind: "digits", digits: text.slice(text.lastIndexOf("#") + 1) }, service);
  expect(FINDINGS[verdict.outcome]).toBe(finding);
  if (!told || !verdict.paper) {
    expect([told, verdict.paper]).toEqual([null, undefined]);
    return;
  }
  const { paper } = verdict;
  expect({
    document_id: paper.documentId,
    kind: paper.kind,
    edition: paper.edition,
    name: paper.name,
    birth_date: paper.birthDate,
    as_of: paper.asOf,
    issued_at: paper.issuedAt,
    doses: paper.doses?.map((dose) => ({ vaccine: dose.vaccine, dose_no: dose.doseNo, date: dose.date, origin: dose.origin, batch: dose.batch ?? null })) ?? null,
    count: paper.count,
    missing: paper.missing.map((one) => [one.vaccine, one.doseNo]),
  }).toEqual({ ...told, issued_at: Date.parse(told.issued_at) });
});

describe("digits", () => {
  test("are the integer behind its mark, of any length", () => {
    expect(Array.from(bytesOf("256"))).toEqual([0]);
    expect(Array.from(bytesOf("511"))).toEqual([255]);
    expect(Array.from(bytesOf("18446744073709551616"))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const largest = `1${"0".repeat(1000)}`;
    const bytes = BigInt(largest).toString(16);
    if (bytes.startsWith("1")) expect(bytesOf(largest)).toHaveLength((bytes.length - 1) / 2);
    else expect(() => bytesOf(largest)).toThrow();
  });

  test("of a thousand random lengths give the bytes that BigInt gives", () => {
    for (let n = 0; n < 1000; n += 1) {
      const made = Array.from({ length: 1 + (n % 330) }, (_, at) => (at * 167 + n * 31 + at * at) % 256);
      const digits = BigInt(`0x01${made.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`).toString();
      expect(Array.from(bytesOf(digits))).toEqual(made);
    }
  });

  test("that are random are no document, and no error of ours", () => {
    for (let n = 0; n < 200; n += 1) expect(() => readDigits(`1${String(n * 7919).repeat(60)}`)).toThrow();
  });
});

test.each(vectors.untrusted.map((keys, n) => [n, keys] as const))("D20: keys that the root key did not sign are not believed (%d)", async (_, keys) => {
  await expect(openKeys(keys, undefined)).rejects.toThrow(UntrustedKeys);
});

test("D20: a root key is believed at the first sight, and no other afterwards", async () => {
  expect((await openKeys(vectors.published, undefined)).root).toBe(vectors.published.root.kid);
  await expect(openKeys(vectors.published, "another")).rejects.toThrow(UntrustedKeys);
});
