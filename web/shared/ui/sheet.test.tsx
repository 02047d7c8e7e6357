import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Field, focusFirstFault } from "./field";
import { Sheet } from "./sheet";

let root: HTMLElement;
const show = (what: preact.ComponentChild): Promise<void> => act(() => render(what, root));

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});

afterEach(() => {
  render(null, root);
  root.remove();
});

describe("a sheet", () => {
  it("is a named dialog, closes by Escape and gives the focus back", async () => {
    const before = document.createElement("button");
    document.body.append(before);
    before.focus();
    let closed = 0;
    await show(
      <Sheet title="核对个人信息" onClose={() => (closed += 1)}>
        <p>内容</p>
      </Sheet>,
    );
    const dialog = root.querySelector<HTMLElement>('[role="dialog"]');
    expect(document.getElementById(dialog?.getAttribute("aria-labelledby") ?? "")?.textContent).toBe("核对个人信息");
    expect(document.activeElement).toBe(dialog);
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(closed).toBe(1);
    await show(null);
    expect(document.activeElement).toBe(before);
    before.remove();
  });
});

describe("a field", () => {
  it("has its fault beneath it, for eyes and for screen readers, and takes the focus", async () => {
    await show(<Field label="手机号码" value="" onChange={() => undefined} fault="请填写手机号码" hint="11 位" />);
    const input = root.querySelector("input");
    const described = (input?.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
    expect(described).toEqual(["11 位", "请填写手机号码"]);
    expect(input?.getAttribute("aria-invalid")).toBe("true");
    expect(input?.getAttribute("autocomplete")).toBe("off");
    focusFirstFault(root);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(document.activeElement).toBe(input);
  });
});
