// A browser as a device: its assertion is what RFC 7523 and the service want, its key never leaves, receipts are its own.
import { expect, test } from "vitest";
import { fromBase64url, utf8 } from "../bytes";
import { assertion, enrolmentEvent, makeDevice, withReceipt, WrongReceipt } from "./device";

const NOW = Date.parse("2026-08-24T09:00:00+08:00");
const claimsOf = (part: string): unknown => JSON.parse(new TextDecoder().decode(fromBase64url(part)));

test("the assertion is signed by the device's key and ends within a minute", async () => {
  const { enrolment, keys } = await makeDevice("3206009901", "示例门诊", ["ticket"]);
  const made = await assertion(enrolment.device_id, "https://example.cn/token", keys.privateKey, NOW, "0123456789abcdef");
  const [header = "", payload = "", signature = ""] = made.split(".");
  expect(claimsOf(header)).toEqual({ alg: "ES256", typ: "JWT" });
  const seconds = NOW / 1000;
  expect(claimsOf(payload)).toEqual({ iss: enrolment.device_id, sub: enrolment.device_id, aud: "https://example.cn/token", jti: "0123456789abcdef", iat: seconds, exp: seconds + 55 });
  const holds = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, keys.publicKey, fromBase64url(signature) as BufferSource, utf8(`${header}.${payload}`) as BufferSource);
  expect(holds).toBe(true);
});

test("what the operator gets holds no private half, and the key cannot be taken out", async () => {
  const { enrolment, keys } = await makeDevice("3206009901", "示例门诊", []);
  expect(Object.keys(enrolment.public_jwk)).toEqual(["kty", "crv", "x", "y"]);
  expect(enrolment.device_id).toMatch(/^3206009901-board-[0-9a-f]{8}$/);
  expect(keys.privateKey.extractable).toBe(false);
  await expect(crypto.subtle.exportKey("jwk", keys.privateKey)).rejects.toThrow();
});

test("what the operator gets is the whole event, with who and why left to fill in", async () => {
  const device = await makeDevice("3206009901", "示例门诊", ["ticket"]);
  expect(enrolmentEvent(device)).toEqual({ action: "enroll", ...device.enrolment, officer: "", reason: "" });
});

test("two enrolments are two devices", async () => {
  const [one, other] = await Promise.all([makeDevice("3206009901", "示例门诊", []), makeDevice("3206009901", "示例门诊", [])]);
  expect(one.enrolment.device_id).not.toBe(other.enrolment.device_id);
  expect(one.enrolment.public_jwk.x).not.toBe(other.enrolment.public_jwk.x);
});

test("a receipt counts for its own device only, and only with a root key that is named by its thumbprint", async () => {
  const device = await makeDevice("3206009901", "示例门诊", ["ticket", "observation"]);
  const root = { kty: "EC", crv: "P-256", x: "BrUFknKPnAlsnGcNrkZVKV1f81xVTMt6cT_DfIArdVg", y: "lIUC4zOMUHjpwUOMEfwlJOnHaa89Q4VBmQdhLyJHhEE", kid: "4N77mJD34KUM8uMhCnWBSKwtkM9TrLamszl9vnGbaqA" };
  const receipt = { device_id: device.enrolment.device_id, clinic_code: "3206009901", clinic_name: "南通示例门诊", stations: ["observation", "ticket"], root_public_jwk: root };
  const taken = await withReceipt(device, JSON.stringify(receipt));
  expect(taken.root).toEqual(root);
  expect(taken.enrolment).toMatchObject({ clinic_name: "南通示例门诊", stations: ["ticket", "observation"] });
  for (const wrong of ["", "{}", JSON.stringify({ ...receipt, device_id: "another" }), JSON.stringify({ ...receipt, root_public_jwk: { ...root, kid: "x" } })]) {
    await expect(withReceipt(device, wrong)).rejects.toThrow(WrongReceipt);
  }
});
