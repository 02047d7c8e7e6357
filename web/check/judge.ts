/** The verdict on what was scanned: form, key, signature, and then, if there is a network, where the document stands. */
import { Problem } from "../shared/api/problem";
import { holds } from "../shared/es256";
import type { Found } from "./found";
import { UntrustedKeys, type KeySet } from "./keys";
import { NewerForm, readDigits, type Paper, type Read } from "./paper";

export type Status = "current" | "superseded" | "withdrawn" | "unknown";

export type Outcome =
  | Status
  /** The signature holds; the service is being asked. */
  | "asking"
  /** The signature holds; there was no network to ask by. */
  | "no_network"
  /** The signature holds; the service did not say. */
  | "no_status"
  | "altered"
  | "foreign_key"
  /** The keys of this browser are from before, and this one is not among them. */
  | "old_keys"
  | "killed_key"
  | "no_keys"
  | "untrusted_keys"
  | "malformed"
  | "newer_form"
  /** No document was scanned. */
  | Exclude<Found["kind"], "digits">
  | "no_code"
  | "no_picture"
  | "no_reader"
  | "no_crypto";

export interface Verdict {
  readonly outcome: Outcome;
  /** What the paper should say, where the signature holds. */
  readonly paper?: Paper;
  /** What the service, or the reader of pictures, said itself. */
  readonly said?: string;
}

/** Whom the verdict asks; tests put their own in its place. */
export interface Service {
  keysWith(kid: string): Promise<KeySet>;
  statusOf(documentId: string): Promise<Status>;
}

/** Judge; `tell` gets what can be said before the service has answered. */
export async function judge(found: Found, service: Service, tell: (verdict: Verdict) => void = () => undefined): Promise<Verdict> {
  if (found.kind !== "digits") return { outcome: found.kind };
  if (!("crypto" in window) || !(crypto.subtle as SubtleCrypto | undefined)) return { outcome: "no_crypto" };
  let read: Read;
  try {
    read = readDigits(found.digits);
  } catch (error) {
    return { outcome: error instanceof NewerForm ? "newer_form" : "malformed" };
  }
  const signature = await signatureOf(read, service);
  if (signature !== "good") return { outcome: signature };
  const { paper } = read;
  tell({ outcome: "asking", paper });
  try {
    return { outcome: await service.statusOf(paper.documentId), paper };
  } catch (error) {
    if (error instanceof Problem && error.status !== 0) return { outcome: "no_status", paper, said: `${error.title} ${error.detail}` };
    return { outcome: "no_network", paper };
  }
}

async function signatureOf({ envelope }: Read, service: Service): Promise<"good" | Outcome> {
  let published: KeySet;
  try {
    published = await service.keysWith(envelope.kid);
  } catch (error) {
    return error instanceof UntrustedKeys ? "untrusted_keys" : "no_keys";
  }
  if (published.killed.has(envelope.kid)) return "killed_key";
  const key = published.keys.get(envelope.kid);
  if (!key) return published.kept ? "old_keys" : "foreign_key";
  return (await holds(key, envelope.signature, envelope.signed)) ? "good" : "altered";
}

/** Whether the signature of ours holds. */
export const isGenuine = ({ paper }: Verdict): boolean => paper !== undefined;

/** Whether a document was judged; all else is a mishap of scanning, and no list has it. */
export const isJudged = ({ outcome, paper }: Verdict): boolean => outcome !== "asking" && (paper !== undefined || ["altered", "foreign_key", "killed_key", "malformed"].includes(outcome));
