import type { Plugin } from "vite";

export function oneLanguage(language: string): Plugin;
