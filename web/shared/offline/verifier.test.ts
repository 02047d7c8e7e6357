// The verifier of the page finds what the reference finds (R28, ADR 0008).
import { expect, test } from "vitest";
import vectors from "../../../reference/vectors.json";
import { tidied } from "../scan/tidy";
import { scanned } from "../scan/read";
import { OfflineVerifier, openPack, UntrustedPack } from "./verifier";

test("R28: every vector is found as the reference finds it", async () => {
  const verifier = new OfflineVerifier(await openPack(vectors.pack, vectors.root_jwk));
  for (const { what, text, at, finding, handed_in } of vectors.cases) {
    expect(await verifier.look(text, Date.parse(at)), what).toBe(finding);
    if (handed_in !== null) expect(tidied(text), what).toBe(handed_in);
  }
});

test.each(vectors.untrusted_packs)("R28: a pack of somebody else is refused", async (pack) => {
  await expect(openPack(pack, vectors.root_jwk)).rejects.toThrow(UntrustedPack);
});

test("R28: a scan is told for what it is", () => {
  const kinds: Record<string, string> = {};
  for (const { what, text } of vectors.cases) kinds[what] = scanned(text).kind;
  expect(kinds).toMatchObject({
    "a code": "code",
    "full-width": "code",
    "through an input method": "code",
    "a scanner's mark, GS, CR, LF": "code",
    "another layout": "settings",
    "cut in half": "cut",
    "its last letter is gone": "cut",
    "an address": "other",
  });
});
