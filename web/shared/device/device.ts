/** This browser as a device of a clinic: its key pair, what an operator enrols, and the receipt of it. */
import { base64url, randomHex, utf8 } from "../bytes";
import type { Jwk } from "../es256";
import { thumbprint } from "../root";
import { drop, keep, kept } from "./store";

export type Station = "ticket" | "registration" | "vaccination" | "observation";
export const STATIONS: readonly Station[] = ["ticket", "registration", "vaccination", "observation"];

/** What a device is enrolled with. */
export interface Enrolment {
  readonly device_id: string;
  readonly clinic_code: string;
  readonly clinic_name: string;
  readonly stations: readonly Station[];
  readonly public_jwk: { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };
}

export interface Device {
  readonly enrolment: Enrolment;
  /** Its private half cannot be taken out of this browser. */
  readonly keys: CryptoKeyPair;
  /** The root key of the receipt: what offline packs are checked by. */
  readonly root?: Jwk;
}

const NAME = "this";

export const loadDevice = (): Promise<Device | undefined> => kept<Device>("device", NAME);
export const saveDevice = (device: Device): Promise<unknown> => keep("device", NAME, device);
/** A browser that forgets its key is another device from then on. */
export const forgetDevice = (): Promise<unknown> => drop("device", NAME);

/** A device with a new key. Its id names the clinic and is nobody else's. */
export async function makeDevice(clinicCode: string, clinicName: string, stations: readonly Station[]): Promise<Device> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const public_jwk = { kty: "EC", crv: "P-256", x: jwk.x ?? "", y: jwk.y ?? "" } as const;
  const device_id = `${clinicCode}-${stations.length ? "desk" : "board"}-${randomHex(4)}`;
  return { enrolment: { device_id, clinic_code: clinicCode, clinic_name: clinicName, stations, public_jwk }, keys };
}

/** The event that `enroll_device` takes. Who enrols the device and why is for the operator to fill in: empty, both are refused. */
export const enrolmentEvent = (device: Device) => ({ action: "enroll", officer: "", reason: "", ...device.enrolment }) as const;

/** A receipt that is not this device's, or not one at all. */
export class WrongReceipt extends Error {}

/** The device with the root key of what `enroll_device` answered. Throws WrongReceipt. */
export async function withReceipt(device: Device, text: string): Promise<Device> {
  let told: { device_id?: string; clinic_code?: string; clinic_name?: string; stations?: readonly Station[]; root_public_jwk?: Jwk | null };
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    throw new WrongReceipt();
  }
  const root = told.root_public_jwk;
  if (told.device_id !== device.enrolment.device_id || !root || (await thumbprint(root)) !== root.kid) throw new WrongReceipt();
  const { clinic_code = device.enrolment.clinic_code, clinic_name = device.enrolment.clinic_name, stations = device.enrolment.stations } = told;
  return { ...device, enrolment: { ...device.enrolment, clinic_code, clinic_name, stations: STATIONS.filter((one) => stations.includes(one)) }, root };
}

/** A client assertion (RFC 7523): ES256, of one use, good for less than a minute. `now` in milliseconds. */
export async function assertion(deviceId: string, audience: string, key: CryptoKey, now: number, jti = randomHex(16)): Promise<string> {
  const seconds = Math.floor(now / 1000);
  const part = (value: unknown): string => base64url(utf8(JSON.stringify(value)));
  const signed = `${part({ alg: "ES256", typ: "JWT" })}.${part({ iss: deviceId, sub: deviceId, aud: audience, jti, iat: seconds, exp: seconds + 55 })}`;
  // WebCrypto answers r | s, as JWS wants it.
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, utf8(signed) as BufferSource);
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}
