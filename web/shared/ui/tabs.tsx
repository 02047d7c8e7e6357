/** Tabs: arrow keys move between them, as the ARIA pattern says. */
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";

export interface TabOf<T extends string> {
  readonly id: T;
  readonly label: string;
}

export function Tabs<T extends string>({ tabs, current, onChange, label }: { tabs: readonly TabOf<T>[]; current: T; onChange: (id: T) => void; label: string }) {
  const keys = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.id === current);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={keys}>
      {tabs.map(({ id, label: name }) => (
        <button key={id} id={`tab-${id}`} type="button" role="tab" class="tab" aria-selected={id === current ? "true" : "false"} aria-controls={`panel-${id}`} tabIndex={id === current ? 0 : -1} onClick={() => onChange(id)}>
          {name}
        </button>
      ))}
    </div>
  );
}

/** What a tab shows. */
export function Panel({ id, children }: { id: string; children: ComponentChildren }) {
  return (
    <div id={`panel-${id}`} role="tabpanel" aria-labelledby={`tab-${id}`} class="stack">
      {children}
    </div>
  );
}
