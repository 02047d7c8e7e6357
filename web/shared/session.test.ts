import { afterEach, describe, expect, it } from "vitest";
import { endSession, forgetSession, isFresh, openSession, session } from "./session";

const opened = { token: "t", expires_at: "2099-01-01T00:00:00Z", name: "测*", method: "face", channel: "app", verified: 1_000_000 };

afterEach(forgetSession);

describe("a session", () => {
  it("is kept for the tab and never longer", () => {
    openSession(opened);
    expect(sessionStorage.getItem("vaxcert.session")).toContain('"token":"t"');
    expect(localStorage.getItem("vaxcert.session")).toBeNull();
  });

  it("that has ended leaves where one was, and signing out leaves nothing", () => {
    sessionStorage.setItem("vaxcert.places", "[{}]");
    openSession(opened);
    endSession();
    expect(session()).toBeNull();
    expect(sessionStorage.getItem("vaxcert.places")).toBe("[{}]");
    forgetSession();
    expect(sessionStorage.length).toBe(0);
  });

  it("counts for claiming while a minute is left of its verification", () => {
    expect(isFresh(900, 1_000_000)).toBe(false);
    openSession(opened);
    expect(isFresh(900, 1_000_000 + 839_999)).toBe(true);
    expect(isFresh(900, 1_000_000 + 840_000)).toBe(false);
  });
});
