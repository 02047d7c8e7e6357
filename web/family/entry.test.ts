import { beforeEach, describe, expect, it } from "vitest";
import { comeBack } from "./entry";

const entering = { nonce: "n-1", place: { screen: "grants", params: { certificate: "c" } } };

beforeEach(() => {
  sessionStorage.setItem("vaxcert.entering", JSON.stringify(entering));
  history.replaceState(null, "", "/app/?entry_code=secret&nonce=n-1");
});

describe("coming back from the platform (R15)", () => {
  it("takes a code with the nonce kept here, goes on where one was, and leaves no code in the address", () => {
    expect(comeBack("?entry_code=secret&nonce=n-1")).toEqual({ code: "secret", entering });
    expect(location.href).not.toContain("secret");
  });

  it.each(["?entry_code=secret&nonce=n-2", "?entry_code=secret", "?entry_code=&nonce=n-1"])("takes no other: %s", (search) => {
    expect(comeBack(search)).toBe("foreign");
  });

  it("takes a nonce once", () => {
    comeBack("?entry_code=secret&nonce=n-1");
    expect(comeBack("?entry_code=secret&nonce=n-1")).toBe("foreign");
  });

  it.each([
    ["?entry_error=cancelled&nonce=n-1", "cancelled"],
    ["?entry_error=failed&nonce=n-1", "failed"],
    ["", "none"],
    ["?utm=1", "none"],
  ])("%s is %s", (search, way) => {
    expect(comeBack(search)).toBe(way);
  });
});
