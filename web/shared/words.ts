/** Words for people: one typed table per topic, Chinese beside English, so that neither can be forgotten (D12). */
import { useEffect, useState } from "preact/hooks";

export type Language = "zh" | "en";

/** The same table in another language: the same keys, the same parameters. */
type Like<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...a: infer A) => string ? (...a: A) => string : Like<T[K]> };

/** What the build makes of an English table (vite.config.ts). */
type Later<T> = () => Promise<{ readonly default: Like<T> }>;

const KEPT = "vaxcert.language";
const tables: (() => Promise<void>)[] = [];
const listeners = new Set<() => void>();
let current: Language = remembered();

function remembered(): Language {
  try {
    return localStorage.getItem(KEPT) === "en" ? "en" : "zh";
  } catch {
    return "zh"; // a browser that keeps nothing
  }
}

export const language = (): Language => current;

/** Choose the language and keep the choice on this phone; it tells nothing of a person. */
export function setLanguage(chosen: Language): void {
  current = chosen;
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // It holds until the page is left.
  }
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  tell();
  void wordsRead().then(tell);
}

const tell = (): void => listeners.forEach((listener) => listener());

/** Once the words of the language are there. Without a network they stay Chinese. */
export const wordsRead = (): Promise<unknown> => Promise.all(current === "en" ? tables.map((load) => load()) : []).catch(() => undefined);

/** Render again when the language changes. */
export function useLanguage(): Language {
  const [, render] = useState(0);
  useEffect(() => {
    const tell = (): void => render((n) => n + 1);
    listeners.add(tell);
    return () => {
      listeners.delete(tell);
    };
  }, []);
  return current;
}

/** A table of words; call it where words are needed: `const w = words({…}, {…})`, then `w().title`. */
export function words<const T>(zh: T, en: Like<T>): () => Like<T> {
  let english: Like<T> | undefined = en;
  if (typeof en === "function") {
    english = undefined;
    const load = (): Promise<void> =>
      (en as Later<T>)().then((read) => {
        english = read.default;
      });
    tables.push(load);
    // A screen that comes later brings its own words along.
    if (current === "en") void load().then(tell, () => undefined);
  }
  return () => (current === "en" && english ? english : (zh as Like<T>));
}
