// The page as a whole, on a service that answers what the vectors say (D20).
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import vectors from "../../reference/document_vectors.json";
import { App } from "./app";

const textOf = (what: string): string => vectors.cases.find((one) => one.what === what)?.text ?? "";
const asked: string[] = [];
let root: HTMLElement;

beforeEach(() => {
  asked.length = 0;
  root = document.createElement("div");
  document.body.append(root);
  localStorage.clear();
  vi.stubGlobal("fetch", (address: string) => {
    asked.push(address);
    const body = address.endsWith("document-keys") ? vectors.published : address.endsWith("vaccines") ? { vaccines: [], next_cursor: null } : { status: "current" };
    return Promise.resolve(new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } }));
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  vi.unstubAllGlobals();
});

async function outcome(): Promise<string> {
  const shown = (): string | undefined => root.querySelector<HTMLElement>("[data-outcome]")?.dataset["outcome"];
  await vi.waitFor(() => expect([undefined, "asking"]).not.toContain(shown()));
  return shown() ?? "";
}

function type(text: string): void {
  for (const key of Array.from(text).concat("Enter")) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

test("D20: what the address carried is judged at once; only its id is asked for", async () => {
  await act(() => render(<App carried={`#${textOf("a small record").split("#")[1] ?? ""}`} />, root));
  expect(await outcome()).toBe("current");
  expect(root.querySelector("[data-said]")?.textContent).toContain("周小样");
  expect(asked.filter((address) => !/vaccines|document-keys/.test(address))).toEqual(["../v1/documents/daebagbafaydqqcikbmga2dqpca"]);
  expect(document.title).toBe("接种文书核验");
});

test("D20: a name that is markup is text", async () => {
  await act(() => render(<App carried={textOf("a name that is markup")} />, root));
  expect(await outcome()).toBe("current");
  expect(root.querySelector("[data-said] img")).toBeNull();
  expect(root.querySelector("[data-said]")?.textContent).toContain("<img src=x onerror=alert(1)>");
});

test("D20: papers that a scanner types one after another are listed once each; mishaps are not", async () => {
  await act(() => render(<App carried={undefined} />, root));
  const lines = (): (string | undefined)[] => Array.from(root.querySelectorAll<HTMLElement>("[data-line]"), (line) => line.dataset["line"]);
  for (const [what, listed] of [["a small record", 1], ["the name was changed", 2], ["a small record", 2], ["a shown code", 2]] as const) {
    type(what === "a shown code" ? "VC1:6BFA70T90000000000" : textOf(what));
    await outcome();
    await vi.waitFor(() => expect(lines()).toHaveLength(listed));
  }
  await vi.waitFor(() => expect(lines()).toEqual(["altered", "current"]));
});
