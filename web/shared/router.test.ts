import { beforeEach, describe, expect, it } from "vitest";
import { go, place } from "./router";

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, "", "/app/");
});

describe("places", () => {
  it("name the screen in the address and nothing else", () => {
    go("records", { certificate: "caaaqeayeaudao" });
    expect(location.hash).toBe("#/records");
    expect(JSON.stringify(history.state)).not.toContain("caaaq");
    expect(place()).toEqual({ screen: "records", params: { certificate: "caaaqeayeaudao" } });
  });

  it("keep what they are about over a reload, until the person signs out", () => {
    go("records", { certificate: "c1" });
    go("plan", { certificate: "c2" });
    expect(place().params).toEqual({ certificate: "c2" });
    sessionStorage.clear();
    expect(place()).toEqual({ screen: "plan", params: {} });
  });

  it("replaced, leave the ones before as they were", () => {
    go("home", { a: "1" }, { replace: true });
    go("grants", { certificate: "c" });
    go("grants", { certificate: "d" }, { replace: true });
    expect(history.state).toEqual({ n: 1, first: false });
    expect(place().params).toEqual({ certificate: "d" });
  });

  it("read as the first screen where the address is no screen's", () => {
    location.hash = "#/../etc";
    expect(place().screen).toBe("home");
  });
});
