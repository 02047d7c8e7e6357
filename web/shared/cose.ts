/** COSE_Sign1 (RFC 9052), the envelope of shown codes and of documents alike: tag 18, `alg` and `kid` protected, nothing unprotected. */
import { joined, utf8 } from "./bytes";
import { asOctets, Items } from "./cbor";

export interface Sign1 {
  readonly kid: string;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
}

/** The envelope in these bytes. Throws for what the service does not write. */
export function openSign1(data: Uint8Array): Sign1 {
  const token = new Items(data);
  token.expect([0xd2, 0x84]); // tag 18, an array of four
  const header = token.octets();
  token.expect([0xa0]); // no unprotected header
  const payload = token.octets();
  const signature = token.octets();
  token.end();
  const inHeader = new Items(header);
  inHeader.expect([0xa2, 0x01, 0x26, 0x04]); // alg: ES256, kid
  const kid = String.fromCharCode(...Array.from(inHeader.octets()));
  inHeader.end();
  if (!/^[0-9a-z]{1,8}$/.test(kid) || signature.length !== 64) throw new Error("no signature of ours");
  // Sig_structure (RFC 9052 §4.4): "Signature1", the protected header, no external data, the payload.
  const signed = joined(Uint8Array.of(0x84, 0x6a), utf8("Signature1"), asOctets(header), Uint8Array.of(0x40), asOctets(payload));
  return { kid, payload, signature, signed };
}
