import { afterEach, describe, expect, it } from "vitest";
import { setLanguage, words, wordsRead } from "./words";

/** What the build makes of a table: its English half comes when it is asked for. */
function built(zh: { hello: string }, en: { hello: string }, comes = true): { w: () => { hello: string }; asked: () => number } {
  let asked = 0;
  const later = () => {
    asked += 1;
    return comes ? Promise.resolve({ default: en }) : Promise.reject(new Error("no network"));
  };
  return { w: words(zh, later as unknown as { hello: string }), asked: () => asked };
}

describe("words in two languages (D12)", () => {
  afterEach(() => setLanguage("zh"));

  it("are loaded by who reads English, and by nobody else", async () => {
    const { w, asked } = built({ hello: "您好" }, { hello: "Hello" });
    await wordsRead();
    expect([w().hello, asked()]).toEqual(["您好", 0]);
    setLanguage("en");
    await wordsRead();
    expect(w().hello).toBe("Hello");
    setLanguage("zh");
    expect(w().hello).toBe("您好");
  });

  it("come with a screen that is loaded later", async () => {
    setLanguage("en");
    const { w } = built({ hello: "您好" }, { hello: "Hello" });
    await Promise.resolve();
    await wordsRead();
    expect(w().hello).toBe("Hello");
  });

  it("stay Chinese where the others cannot be loaded", async () => {
    const { w } = built({ hello: "您好" }, { hello: "Hello" }, false);
    setLanguage("en");
    await wordsRead();
    expect(w().hello).toBe("您好");
  });
});
