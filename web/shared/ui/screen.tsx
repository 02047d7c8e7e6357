/** The frame of a screen: its bar with the way back, its heading, which takes the focus when the screen is entered. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { back } from "../router";
import { Icon } from "./icon";
import { common } from "./words";

export interface ScreenProps {
  readonly title: string;
  /** The first screen has no way back. */
  readonly root?: boolean;
  readonly action?: ComponentChildren;
  /** The main button, always in reach of the thumb. */
  readonly foot?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Screen({ title, root, action, foot, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    window.scrollTo(0, 0);
    heading.current?.focus();
  }, []);
  return (
    <>
      <header class="bar">
        {!root && (
          <button type="button" class="bar-button" aria-label={common().back} onClick={back}>
            <Icon name="back" />
          </button>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {action}
      </header>
      <main class="page">{children}</main>
      {foot && <div class="foot">{foot}</div>}
    </>
  );
}
