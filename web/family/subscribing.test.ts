import { beforeEach, expect, test } from "vitest";
import { place, go } from "../shared/router";
import { comeBackSubscribed } from "./subscribing";

const KEPT = "vaxcert.subscribing";

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, "", "/app/");
});

test("who returns from the platform is where they were, and told what became of it", () => {
  sessionStorage.setItem(KEPT, JSON.stringify({ screen: "reminders", params: { certificate: "c1" } }));
  comeBackSubscribed("?reminder=subscribed");
  expect(place()).toEqual({ screen: "reminders", params: { certificate: "c1", told: "subscribed" } });
  expect(location.search).toBe("");
  expect(sessionStorage.getItem(KEPT)).toBeNull();
});

test("a return that did not start here tells nothing, and another's is left alone", () => {
  go("home");
  comeBackSubscribed("?reminder=subscribed");
  expect(place()).toEqual({ screen: "home", params: {} });
  history.replaceState(null, "", "/app/?entry_code=x");
  comeBackSubscribed();
  expect(location.search).toBe("?entry_code=x");
});
