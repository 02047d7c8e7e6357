import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetSession, openSession } from "../session";
import { setLanguage } from "../words";
import { call, get, whenStale } from "./client";
import type { Problem } from "./problem";

const GRANTS = "/v1/certificates/{certificate_id}/grants" as const;
const body = { id_no: "1", name: "测试", relation: "father", phone: "1" };
const asked: { url: string; init: RequestInit }[] = [];
let answers: (Response | Error)[] = [];

const json = (status: number, content: unknown, headers: Record<string, string> = {}): Response => new Response(JSON.stringify(content), { status, headers });
const refused = async (call: Promise<unknown>): Promise<Problem> =>
  call.then(
    () => expect.fail("was not refused"),
    (problem: unknown) => problem as Problem,
  );

beforeEach(() => {
  asked.length = 0;
  setLanguage("zh");
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const next = answers.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
});

afterEach(() => {
  forgetSession();
  whenStale(() => undefined);
  vi.unstubAllGlobals();
});

describe("a call", () => {
  it("is relative to the page, says the language and who asks, and sends no cookie", async () => {
    openSession({ token: "t", expires_at: "2099-01-01T00:00:00Z", name: "测*", method: "face", channel: "app", verified: 0 });
    answers = [json(201, { grant_id: "g" })];
    await call("post", GRANTS, { path: { certificate_id: "a/b" }, body, key: "0123456789abcdef" });
    expect(asked[0]?.url).toBe("../v1/certificates/a%2Fb/grants");
    expect(asked[0]?.init).toMatchObject({ method: "POST", credentials: "omit", cache: "no-store" });
    expect(asked[0]?.init.headers).toMatchObject({ "Accept-Language": "zh-CN", Authorization: "Bearer t", "Idempotency-Key": "0123456789abcdef" });
  });

  it("throws what the service says, field by field", async () => {
    answers = [json(422, { code: "field_errors", title: "填写有误", detail: "请修改后重试。", errors: [{ pointer: "/phone", code: "invalid", detail: "请填写 11 位手机号码" }] })];
    const problem = await refused(call("post", GRANTS, { path: { certificate_id: "c" }, body, key: "0123456789abcdef" }));
    expect(problem).toMatchObject({ status: 422, code: "field_errors", title: "填写有误" });
    expect(problem.at("phone")).toBe("请填写 11 位手机号码");
    expect(problem.at("name")).toBeUndefined();
  });

  it("shows the gateway's own words in the language asked for (D12)", async () => {
    setLanguage("en");
    answers = [json(404, { code: "not_found", title: "未找到", title_en: "Not found", detail: "请返回", detail_en: "Go back" })];
    expect(await refused(get("/v1/certificates"))).toMatchObject({ title: "Not found", detail: "Go back" });
  });

  it("ends where the line stands still: a reading failed, and of a write nobody knows whether it was done", async () => {
    vi.useFakeTimers();
    try {
      vi.stubGlobal("fetch", () => new Promise(() => undefined));
      const reading = refused(get("/v1/certificates"));
      const writing = refused(call("post", GRANTS, { path: { certificate_id: "c" }, body, key: "0123456789abcdef" }));
      await vi.advanceTimersByTimeAsync(30_000);
      expect((await reading).code).toBe("offline");
      expect((await writing).code).toBe("connection_cut");
    } finally {
      vi.useRealTimers();
    }
  });

  it("waits as long as a busy service asks, if that is short, and sends the same again", async () => {
    answers = [json(503, { code: "unavailable" }, { "Retry-After": "0" }), json(201, { grant_id: "g" })];
    await call("post", GRANTS, { path: { certificate_id: "c" }, body, key: "0123456789abcdef" });
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
  });

  it("tells of a long wait instead of sitting it out", async () => {
    answers = [json(429, { code: "too_many_requests" }, { "Retry-After": "60" })];
    expect(await refused(get("/v1/certificates"))).toMatchObject({ status: 429, retryAfter: 60 });
    expect(asked).toHaveLength(1);
  });

  it("gives up after three tries", async () => {
    answers = [1, 2, 3].map(() => json(503, { code: "unavailable" }, { "Retry-After": "0" }));
    expect((await refused(get("/v1/certificates"))).status).toBe(503);
    expect(asked).toHaveLength(3);
  });

  it("does not claim that a write failed when its answer was lost", async () => {
    answers = [new TypeError("network"), new TypeError("network")];
    const write = await refused(call("post", GRANTS, { path: { certificate_id: "c" }, body, key: "0123456789abcdef" }));
    expect(write).toMatchObject({ status: 0, code: "connection_cut", detail: "请检查网络后重试，重试不会重复办理。" });
    expect((await refused(get("/v1/certificates"))).code).toBe("offline");
  });

  it("reports an answer that broke off as lost too", async () => {
    answers = [new Response('{"grant_', { status: 201 })];
    expect((await refused(call("post", GRANTS, { path: { certificate_id: "c" }, body, key: "0123456789abcdef" }))).code).toBe("connection_cut");
  });

  it.each([
    [401, "unauthorized"],
    [403, "verification_stale"],
  ])("tells the page that a verification is over: %i %s", async (status, code) => {
    const told: string[] = [];
    whenStale((problem) => told.push(problem.code));
    answers = [json(status, { code })];
    await refused(get("/v1/certificates"));
    expect(told).toEqual([code]);
  });

  it("keeps the session when a device of another clinic is refused", async () => {
    const told: string[] = [];
    whenStale((problem) => told.push(problem.code));
    answers = [json(403, { code: "forbidden" })];
    await refused(get("/v1/certificates"));
    expect(told).toEqual([]);
  });
});
