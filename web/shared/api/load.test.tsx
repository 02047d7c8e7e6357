import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget, useLoad } from "./load";
import { Problem } from "./problem";

let root: HTMLElement;
let answers: (string | Problem)[] = [];
const read = (): Promise<string> => {
  const next = answers.shift();
  return next instanceof Problem ? Promise.reject(next) : Promise.resolve(next ?? "");
};

function Reader({ name, again = true }: { name: string; again?: boolean }) {
  const { data, problem, loading } = useLoad(name, read, { again });
  return <p>{`${data ?? "-"} ${problem?.code ?? "-"} ${loading ? "…" : "."}`}</p>;
}

const show = (what: preact.ComponentChild): Promise<void> => act(() => render(what, root));
const settle = (): Promise<unknown> => act(() => new Promise<void>((resolve) => setTimeout(resolve)));

beforeEach(() => {
  root = document.createElement("div");
});

afterEach(() => {
  render(null, root);
  forget();
});

describe("what was read", () => {
  it("stays on the screen while it is read again, so that a pop-up above it stays too", async () => {
    answers = ["one", "two"];
    await show(<Reader name="overview" />);
    await settle();
    expect(root.textContent).toBe("one - .");
    await act(() => forget("overview"));
    expect(root.textContent).toMatch(/^one/);
    await settle();
    expect(root.textContent).toBe("two - .");
  });

  it("is shown at once when one comes back, and forgotten where something was written", async () => {
    answers = ["one", "two", "three"];
    await show(<Reader name="grants/1" />);
    await settle();
    await show(null);
    await show(<Reader name="grants/1" />);
    expect(root.textContent).toMatch(/^one/);
    await settle();
    await show(null);
    forget("grants/");
    await show(<Reader name="grants/1" />);
    expect(root.textContent).toMatch(/^-/);
    await settle();
    expect(root.textContent).toBe("three - .");
  });

  it("is forgotten with everything, and what is shown meanwhile is read anew", async () => {
    answers = ["one", "two"];
    await show(<Reader name="overview" />);
    await settle();
    await act(() => forget());
    expect(root.textContent).toMatch(/^-.*…$/);
    await settle();
    expect(root.textContent).toBe("two - .");
  });

  it("is read once for all who ask at the same time", async () => {
    answers = ["one", "two"];
    await show([<Reader name="overview" />, <Reader name="overview" again={false} />]);
    await settle();
    expect(root.textContent).toBe("one - .one - .");
    expect(answers).toEqual(["two"]);
  });

  it("is kept when nobody waits for it any more, but not what was asked for before something was written", async () => {
    answers = ["one", "two"];
    await show(<Reader name="grants/1" />);
    await show(null);
    await settle();
    await show(<Reader name="grants/1" again={false} />);
    await settle();
    expect(root.textContent).toBe("one - .");
    await show(null);
    answers = ["older", "newer"];
    await show(<Reader name="grants/1" />);
    await show(null);
    forget("grants/1");
    await settle();
    await show(<Reader name="grants/1" again={false} />);
    await settle();
    expect(root.textContent).toBe("newer - .");
  });

  it("is read again by who is content with what is kept, once something was written", async () => {
    answers = ["before", new Problem(0, { code: "offline" }), "after"];
    await show(<Reader name="overview" />);
    await settle();
    await act(() => forget("overview"));
    await settle();
    expect(root.textContent).toBe("before offline .");
    await show(<Reader key="another" name="overview" again={false} />);
    await settle();
    expect(root.textContent).toBe("after - .");
  });

  it("stays beside what went wrong when it could not be read again", async () => {
    answers = ["one", new Problem(0, { code: "offline" })];
    await show(<Reader name="plan/1" />);
    await settle();
    await act(() => forget("plan/1"));
    await settle();
    expect(root.textContent).toBe("one offline .");
  });
});
