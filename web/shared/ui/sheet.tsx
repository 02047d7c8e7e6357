/** A pop-up (弹窗) from below: focus stays inside, Escape and the way back close it, and the focus returns where it was. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon";
import { common } from "./words";

const REACHABLE = 'a[href], button, input, select, textarea, [tabindex="0"]';

export interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Buttons that stay in sight. */
  readonly foot?: ComponentChildren;
}

export function Sheet({ title, onClose, children, foot }: SheetProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;

  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const scroll = document.body.style.overflow;
    document.body.style.overflow = "hidden";
    box.current?.focus();
    const keys = (event: KeyboardEvent): void => {
      if (event.key === "Escape") close.current();
      if (event.key === "Tab" && box.current) keepInside(event, box.current);
    };
    document.addEventListener("keydown", keys);
    return () => {
      document.removeEventListener("keydown", keys);
      document.body.style.overflow = scroll;
      before?.focus();
    };
  }, []);

  return (
    <div
      class="shade"
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div ref={box} class="sheet" role="dialog" aria-modal="true" aria-labelledby={id} tabIndex={-1}>
        <div class="sheet-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="bar-button" aria-label={common().close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        <div class="sheet-body" tabIndex={0} role="group" aria-labelledby={id}>
          {children}
        </div>
        {foot && <div class="sheet-foot">{foot}</div>}
      </div>
    </div>
  );
}

function keepInside(event: KeyboardEvent, box: HTMLElement): void {
  const reachable = Array.from(box.querySelectorAll<HTMLElement>(REACHABLE)).filter((one) => one.offsetParent !== null);
  const [first, last] = [reachable[0], reachable[reachable.length - 1]];
  const at = document.activeElement;
  if (!box.contains(at) || (event.shiftKey && (at === first || at === box)) || (!event.shiftKey && at === last)) {
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }
}
