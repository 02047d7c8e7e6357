/** Everything that is typed into the page, heard before anything else hears it: a scanner's burst never ends up in a field. */
import { useEffect, useRef } from "preact/hooks";
import { SILENCE_MS, Wedge, type Read } from "./wedge";

type Editable = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const isEditable = (element: Element | null): element is Editable => element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
/** So many keys that an input method took, at a scanner's pace. */
const TAKEN = 6;
const TAKEN_GAP_MS = 60;

/** Tell each burst; `onTaken` where an input method swallows them. */
export function useScanner(onRead: (read: Read) => void, onTaken: () => void): void {
  const handlers = useRef({ onRead, onTaken });
  handlers.current = { onRead, onTaken };
  useEffect(() => {
    const wedge = new Wedge((read) => handlers.current.onRead(read));
    let before: { readonly field: Editable; readonly value: string } | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let taken = { count: 0, at: 0 };
    const restore = (): void => {
      if (!before || before.field.value === before.value) return;
      before.field.value = before.value;
      before.field.dispatchEvent(new Event(before.field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }));
    };
    const hear = (event: KeyboardEvent): void => {
      if (event.isComposing || event.key === "Process") {
        taken = { count: event.timeStamp - taken.at < TAKEN_GAP_MS ? taken.count + 1 : 1, at: event.timeStamp };
        if (taken.count === TAKEN) handlers.current.onTaken();
        return;
      }
      if (!wedge.heard) {
        const field = document.activeElement;
        before = isEditable(field) ? { field, value: field.value } : undefined;
      }
      const bursting = wedge.bursting;
      const ours = wedge.hear(event);
      if (ours) {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (!bursting) restore();
      }
      if (timer) clearTimeout(timer);
      if (wedge.heard) timer = setTimeout(() => wedge.silence(), SILENCE_MS);
    };
    document.addEventListener("keydown", hear, true);
    return () => {
      document.removeEventListener("keydown", hear, true);
      if (timer) clearTimeout(timer);
    };
  }, []);
}
