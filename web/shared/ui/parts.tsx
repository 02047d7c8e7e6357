/** Small parts that every page is made of. */
import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { Problem } from "../api/problem";
import { settings } from "../settings";
import { Icon, type IconName } from "./icon";
import { common } from "./words";

type Kind = "main" | "plain" | "danger" | "link";

export interface ButtonProps {
  readonly kind?: Kind;
  readonly small?: boolean;
  /** While it works it takes no second press, keeps its focus and says so. */
  readonly busy?: boolean;
  readonly type?: "button" | "submit";
  readonly onClick?: () => void;
  readonly children: ComponentChildren;
  /** What it is called where its words alone do not tell (「授权 小明」). */
  readonly label?: string;
}

export function Button({ kind = "main", small, busy, type = "button", onClick, children, label }: ButtonProps) {
  const press = (event: TargetedMouseEvent<HTMLButtonElement>): void => {
    if (busy) event.preventDefault();
    else onClick?.();
  };
  return (
    <button type={type} class={`button button-${kind}${small ? " button-small" : ""}`} onClick={press} aria-disabled={busy ? "true" : undefined} aria-label={label}>
      {busy && <span class="spinner" role="img" aria-label={common().working} />}
      {children}
    </button>
  );
}

/** A number to dial. */
export function Hotline({ kind = "link" }: { kind?: Kind }) {
  return (
    <a class={`button button-${kind}`} href={`tel:${settings.hotline}`}>
      {common().call} {settings.hotline}
    </a>
  );
}

type Tone = "info" | "good" | "warn" | "bad";
const ICONS: Record<Tone, IconName> = { info: "info", good: "good", warn: "warn", bad: "warn" };

/** Something to know, and what to do next. */
export function Notice({ tone = "info", title, children }: { tone?: Tone; title?: string; children?: ComponentChildren }) {
  return (
    <div class={`notice notice-${tone}`}>
      <Icon name={ICONS[tone]} size={20} />
      <div class="stack-tight">
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

export function Tag({ tone = "info", children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`tag tag-${tone}`}>{children}</span>;
}

/** Nothing is there: why, and what to do. */
export function Empty({ icon = "list", title, children }: { icon?: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="card empty stack">
      <Icon name={icon} size={48} />
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** What went wrong, in the service's words, and a way on. */
export function ErrorBox({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const reason = problem.reason;
  return (
    <div role="alert" class="stack">
      <Notice tone="bad" title={reason?.title ?? problem.title}>
        <p>{reason?.detail ?? problem.detail}</p>
        {reason && <p>{common().next + reason.next_step}</p>}
        {/* Of a longer wait, until tomorrow say, the service's own words tell. */}
        {problem.retryAfter !== undefined && problem.retryAfter > 1 && problem.retryAfter < 600 && <p>{common().wait(problem.retryAfter)}</p>}
      </Notice>
      {onRetry && (
        <Button kind="plain" onClick={onRetry}>
          {common().retry}
        </Button>
      )}
    </div>
  );
}

/** Where something will be. */
export function Skeleton({ count = 3 }: { count?: number }) {
  return (
    <div class="stack" role="status" aria-label={common().loading}>
      {Array.from({ length: count }, (_, n) => (
        <div key={n} class="skeleton" />
      ))}
    </div>
  );
}

/** Names and values. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A row that leads somewhere. */
export function Row({ icon, title, detail, end, onClick }: { icon?: IconName; title: ComponentChildren; detail?: ComponentChildren; end?: ComponentChildren; onClick?: () => void }) {
  const inner = (
    <>
      {icon && (
        <span class="row-icon">
          <Icon name={icon} />
        </span>
      )}
      <span class="row-main">
        <span>{title}</span>
        {detail && <span class="quiet small row-detail">{detail}</span>}
      </span>
      {end && <span class="row-end small">{end}</span>}
      {onClick && (
        <span class="row-end">
          <Icon name="next" size={18} />
        </span>
      )}
    </>
  );
  return (
    <li>
      {onClick ? (
        <button type="button" class="row row-tall" onClick={onClick}>
          {inner}
        </button>
      ) : (
        <div class="row">{inner}</div>
      )}
    </li>
  );
}

export function List({ children, label }: { children: ComponentChildren; label?: string }) {
  return (
    <ul class="rows" aria-label={label}>
      {children}
    </ul>
  );
}
