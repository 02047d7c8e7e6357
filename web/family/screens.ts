/** Every file of screens/ is a screen, named after its file and loaded when it is first needed: `go("records", {…})`. */
import type { ComponentType } from "preact";
import type { Params } from "../shared/router";

export interface ScreenOf {
  readonly params: Params;
}

type Module = { readonly default: ComponentType<ScreenOf> };

const FILES = import.meta.glob<Module>(["./screens/*.tsx", "!./screens/*.test.tsx"]);
const loaded = new Map<string, ComponentType<ScreenOf>>();

/** The screen, if it has been loaded. */
export const screen = (name: string): ComponentType<ScreenOf> | undefined => loaded.get(name);

export const exists = (name: string): boolean => `./screens/${name}.tsx` in FILES;

/** Fetch a screen. Rejects where the network does not bring it. */
export async function load(name: string): Promise<void> {
  const module = await FILES[`./screens/${exists(name) ? name : "home"}.tsx`]?.();
  if (module) loaded.set(name, module.default);
}

/** Fetch the others while nothing else is to be done, so that they open at once and without a network. */
export function loadOthers(): void {
  const names = Object.keys(FILES).map((file) => file.slice("./screens/".length, -".tsx".length));
  setTimeout(() => void Promise.all(names.filter((name) => !loaded.has(name)).map(load)).catch(() => undefined), 1500);
}
