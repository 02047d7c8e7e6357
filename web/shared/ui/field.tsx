/** Fields, each with its label, its hint and its own fault beneath. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";
import { common } from "./words";

interface Common {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
  readonly optional?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Frame({ id, label, hint, fault, optional, children }: Pick<Common, "label" | "hint" | "fault" | "optional"> & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="quiet">{common().optional}</span>}
      </label>
      {hint && (
        <p id={`${id}-hint`} class="field-hint">
          {hint}
        </p>
      )}
      {children}
      {fault && (
        <p id={`${id}-fault`} class="field-fault">
          <Icon name="warn" size={16} />
          <span>{fault}</span>
        </p>
      )}
    </div>
  );
}

const described = (id: string, hint?: string, fault?: string): string | undefined =>
  [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;

export interface FieldProps extends Common {
  readonly type?: "text" | "tel" | "date";
  readonly mode?: "text" | "tel" | "numeric";
  readonly maxLength?: number;
  readonly min?: string;
  readonly lines?: number;
}

/** A line of text, or several. Nothing typed here is remembered by the browser. */
export function Field({ label, hint, fault, optional, value, onChange, type = "text", mode, maxLength, min, lines }: FieldProps) {
  const id = useId();
  const shared = {
    id,
    class: "input",
    value,
    autocomplete: "off",
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": described(id, hint, fault),
    "aria-required": optional ? undefined : ("true" as const),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
  return (
    <Frame id={id} label={label} hint={hint} fault={fault} optional={optional ?? false}>
      {lines ? (
        <textarea {...shared} rows={lines} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input {...shared} type={type} inputMode={mode} min={min} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
    </Frame>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** One of several. */
export function Choice({ label, hint, fault, optional, value, onChange, options }: Common & { options: readonly Option[] }) {
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} fault={fault} optional={optional ?? false}>
      <select id={id} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)} aria-invalid={fault ? "true" : undefined} aria-describedby={described(id, hint, fault)}>
        <option value="">{common().choose}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Frame>
  );
}

/** Yes or no. */
export function Tick({ checked, onChange, children }: { checked: boolean; onChange: (checked: boolean) => void; children: ComponentChildren }) {
  return (
    <label class="tick">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

/** After faults came back: the first field that has one gets the focus, so that it is seen and read out. */
export function focusFirstFault(form: HTMLElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
