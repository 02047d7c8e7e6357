/** Words for people: one typed table per topic, Chinese beside English, so that neither can be forgotten (D12). */
import { useEffect, useState } from "preact/hooks";

export type Language = "zh" | "en";

/** The same table in another language: the same keys, the same parameters. */
type Like<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends (...a: infer A) => string ? (...a: A) => string : Like<T[K]> };

const KEPT = "vaxcert.language";
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

/**
 * Choose the language and keep the choice on this phone; it tells nothing of a person. The page starts anew, since a build has the words of
 * one language alone (tools/build.mjs). A browser that keeps nothing stays Chinese.
 */
export function chooseLanguage(chosen: Language): void {
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    return;
  }
  location.reload();
}

/** Speak a language: the one that `language()` remembers, or what a test asks for. */
export function setLanguage(chosen: Language): void {
  current = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  listeners.forEach((tell) => tell());
}

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
  return () => (current === "zh" ? (zh as Like<T>) : en);
}
