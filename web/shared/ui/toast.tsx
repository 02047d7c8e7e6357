/** A word that something was done, read out as well; it goes by itself. */
import { useEffect, useState } from "preact/hooks";

const SHOWN_MS = 5000;
let tell: (text: string) => void = () => undefined;

export const toast = (text: string): void => tell(text);

/** Where toasts appear; once in a page. */
export function Toasts() {
  const [text, set] = useState("");
  useEffect(() => {
    tell = set;
  }, []);
  useEffect(() => {
    if (!text) return undefined;
    const timer = setTimeout(() => set(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {text && <div class="toast">{text}</div>}
    </div>
  );
}
