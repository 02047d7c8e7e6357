/** What went wrong, as people are told it: the service's own words (RFC 9457), or ours where it could not be reached. */
import { settings } from "../settings";
import { words } from "../words";

/** One wrong field: `pointer` is RFC 6901 from the body's root. */
export interface FieldFault {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** Why something is so, and what to do next; the service sends it with lists and with some refusals. */
export interface Reason {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly next_step: string;
}

export interface ProblemBody {
  readonly status?: number;
  readonly code?: string;
  readonly title?: string;
  readonly title_en?: string;
  readonly detail?: string;
  readonly detail_en?: string;
  readonly notice?: Reason;
  readonly status_reason?: string;
  readonly errors?: readonly FieldFault[];
}

const w = words(
  {
    offline: "网络不通",
    offlineNext: "请检查网络后重试。",
    cut: "网络中断，尚不清楚是否办成",
    cutNext: "请检查网络后重试，重试不会重复办理。",
    odd: "服务暂时不可用",
    oddNext: (hotline: string) => `请稍后重试；如仍不行，请拨打 ${hotline}。`,
  },
  {
    offline: "No connection",
    offlineNext: "Check your network and try again.",
    cut: "The connection broke, and it is not clear whether this was done",
    cutNext: "Check your network and try again: nothing will be done twice.",
    odd: "The service is not available right now",
    oddNext: (hotline: string) => `Try again later; if it still fails, call ${hotline}.`,
  },
);

/** A call that did not succeed. `status` is 0 where no answer came. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly reason: Reason | undefined;
  readonly errors: readonly FieldFault[];
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: ProblemBody, retryAfter?: number) {
    super(body.code ?? "unreachable");
    this.status = status;
    this.code = body.code ?? "unreachable";
    this.title = body.title ?? w().odd;
    this.detail = body.detail ?? w().oddNext(settings.hotline);
    this.reason = body.notice;
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** The fault at a field of the body, in the service's words. */
  at(field: string): string | undefined {
    return this.errors.find((error) => error.pointer === `/${field}`)?.detail;
  }
}

/** No answer came. A write may have been done all the same. */
export function unreachable(wrote: boolean): Problem {
  return new Problem(0, {
    code: wrote ? "connection_cut" : "offline",
    title: wrote ? w().cut : w().offline,
    detail: wrote ? w().cutNext : w().offlineNext,
  });
}

/** What an answer says. The gateway's own answers cannot be asked for a language: they carry both. */
export function problemOf(status: number, body: ProblemBody, retryAfter: string | null, english: boolean): Problem {
  const told: object = english ? { title: body.title_en ?? body.title, detail: body.detail_en ?? body.detail } : {};
  const seconds = retryAfter === null ? undefined : Number(retryAfter);
  const merged: ProblemBody = { ...body, ...(told as ProblemBody) };
  return new Problem(status, merged, seconds !== undefined && seconds >= 0 ? seconds : undefined);
}
