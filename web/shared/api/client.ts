/**
 * The service, typed by its own document (docs/api/openapi.json): a path, its parameters and its body fit together or do
 * not compile. Answers are the 2xx body; everything else is thrown as a Problem.
 */
import { learn } from "../clock";
import { session } from "../session";
import { language } from "../words";
import { taken } from "./early";
import { inTime } from "./in-time";
import { Problem, problemOf, unreachable, type ProblemBody } from "./problem";
import type { paths as Paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";

type Operation<P extends keyof Paths, M extends Method> = M extends keyof Paths[P] ? NonNullable<Paths[P][M]> : never;
/** The paths that take a method. */
export type PathsOf<M extends Method> = { [P in keyof Paths]: [Operation<P, M>] extends [never] ? never : P }[keyof Paths];

type Json<T> = T extends { content: { "application/json": infer B } } ? B : undefined;
type Success<R> = { [S in keyof R]: `${S & (string | number)}` extends `2${string}` ? Json<R[S]> : never }[keyof R];
/** What a route answers. */
export type Answer<P extends keyof Paths, M extends Method = "get"> = Operation<P, M> extends { responses: infer R } ? Success<R> : never;
type Body<P extends keyof Paths, M extends Method> = Operation<P, M> extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { "application/json": infer T } } ? T : undefined
  : undefined;
type Query<P extends keyof Paths, M extends Method> = Operation<P, M> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;

export interface Options<P extends keyof Paths, M extends Method> {
  /** Values of the path's `{…}`. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Query<P, M>;
  readonly body?: Body<P, M>;
  /** `Idempotency-Key`, of an Intention. */
  readonly key?: string;
}

/** The stage's root, seen from a page one folder below it. */
const ROOT = "../";
/** Waits that are shorter than this are sat out, twice; longer ones are shown. */
const PATIENCE_SECONDS = 3;
const TRIES = 3;
/** The gateway answers within 29 seconds or not at all; a line that stands still says nothing of its own for minutes. */
const LIMIT_MS = 30_000;

let tokenOf: () => string | undefined = () => session()?.token;

/** Whose token goes with calls: the citizen's session, unless a device says otherwise. */
export function authorizeBy(token: () => string | undefined): void {
  tokenOf = token;
}

let onStale: (problem: Problem) => void = () => undefined;

/** What is done when the session has ended (401) or the verification is too old (403 `verification_stale`). */
export function whenStale(act: (problem: Problem) => void): void {
  onStale = act;
}

/** Call a route. Raises Problem. A busy service (429, 503) that names a short wait is asked again. */
export async function call<M extends Method, P extends PathsOf<M>>(method: M, route: P, options: Options<P, M> = {}): Promise<Answer<P, M>> {
  const response = await answered(method, route, options);
  return (response.status === 204 ? undefined : await whole(inTime(response.json(), method !== "get", LIMIT_MS), method !== "get")) as Answer<P, M>;
}

/** The same route as a file of another type. Raises Problem. */
export async function file<P extends PathsOf<"get">>(route: P, type: string, options: Options<P, "get"> = {}): Promise<Blob> {
  return whole((await answered("get", route, options, type)).blob(), false);
}

async function answered<M extends Method, P extends PathsOf<M>>(method: M, route: P, options: Options<P, M>, type = "application/json"): Promise<Response> {
  for (let tried = 1; ; tried += 1) {
    const response = await send(method, addressOf(route, options), options, type);
    learn(response.headers.get("Date"));
    if (response.ok) return response;
    const body = (await response.json().catch(() => ({}))) as ProblemBody;
    const problem = problemOf(response.status, body, response.headers.get("Retry-After"), language() === "en");
    const busy = problem.status === 429 || problem.status === 503;
    if (busy && tried < TRIES && (problem.retryAfter ?? PATIENCE_SECONDS + 1) <= PATIENCE_SECONDS) {
      await pause(problem.retryAfter ?? 0);
      continue;
    }
    if (problem.status === 401 || problem.code === "verification_stale") onStale(problem);
    throw problem;
  }
}

export const get = <P extends PathsOf<"get">>(route: P, options: Options<P, "get"> = {}): Promise<Answer<P>> => call("get", route, options);

function addressOf(route: string, options: { readonly path?: Readonly<Record<string, string>>; readonly query?: unknown }): string {
  const filled = route.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.path?.[name] ?? ""));
  const given = Object.entries((options.query ?? {}) as Record<string, string | number | undefined>).filter(([, value]) => value !== undefined && value !== "");
  const query = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
  return ROOT + filled + (query && `?${query}`);
}

async function send(method: Method, address: string, options: { readonly body?: unknown; readonly key?: string }, type: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: type, "Accept-Language": language() === "zh" ? "zh-CN" : "en" };
  const token = tokenOf();
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (options.key) headers["Idempotency-Key"] = options.key;
  const request: RequestInit = { method: method.toUpperCase(), headers, credentials: "omit", cache: "no-store", redirect: "error" };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(options.body);
  }
  try {
    return await inTime(taken(method, address, token) ?? fetch(address, request), method !== "get", LIMIT_MS);
  } catch (error) {
    throw error instanceof Problem ? error : unreachable(method !== "get" && navigator.onLine);
  }
}

/** A connection may break in the middle of an answer. */
async function whole<T>(body: Promise<T>, wrote: boolean): Promise<T> {
  try {
    return await body;
  } catch {
    throw unreachable(wrote);
  }
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
