// The start script asks for the lists in the page's own place: the same request, taken once, by whom it was made for.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { get } from "../shared/api/client";
import { endSession, forgetSession, openSession } from "../shared/session";

const asked: { url: string; init: RequestInit }[] = [];
const SESSION = { token: "t", expires_at: "2099-01-01T00:00:00Z", name: "测*", method: "face", channel: "app", verified: 0 };

beforeEach(() => {
  asked.length = 0;
  location.hash = "";
  openSession(SESSION);
  vi.resetModules();
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return Promise.resolve(new Response(JSON.stringify({ claimed: [asked.length] })));
  });
});
afterEach(() => {
  forgetSession();
  window.vaxcertEarly = undefined;
  vi.unstubAllGlobals();
});

const start = (): Promise<unknown> => import("./early");

test("asks as the page asks, and the page's first call takes the answer", async () => {
  await start();
  expect(asked).toHaveLength(1);
  expect(await get("/v1/certificates")).toEqual({ claimed: [1] });
  expect(asked).toHaveLength(1);
  expect(await get("/v1/certificates")).toEqual({ claimed: [2] });
  expect(asked[1]).toEqual(asked[0]);
});

test("another call comes first, or another person: what was asked early is not looked at", async () => {
  await start();
  await get("/v1/appointments");
  expect(await get("/v1/certificates")).toEqual({ claimed: [3] });
  vi.resetModules();
  await start();
  openSession({ ...SESSION, token: "another" });
  await get("/v1/certificates");
  expect(asked[asked.length - 1]?.init.headers).toMatchObject({ Authorization: "Bearer another" });
});

test.each([
  ["nobody is verified", () => endSession()],
  ["the session has ended", () => openSession({ ...SESSION, expires_at: "2020-01-01T00:00:00Z" })],
  ["another screen is opened", () => (location.hash = "#/faq")],
])("asks for nothing where %s", async (_, given) => {
  given();
  await start();
  expect(asked).toHaveLength(0);
});
