/** How doses are called on every screen. */
import { language, words } from "../shared/words";

const w = words(
  {
    dose: (n: number) => `第${n}剂`,
    sites: { left_arm: "左上臂", right_arm: "右上臂", left_thigh: "左大腿", right_thigh: "右大腿", oral: "口服", other: "其他部位" },
  },
  {
    dose: (n: number) => `dose ${n}`,
    sites: { left_arm: "Left arm", right_arm: "Right arm", left_thigh: "Left thigh", right_thigh: "Right thigh", oral: "By mouth", other: "Elsewhere" },
  },
);

interface Named {
  readonly vaccine_name: string;
  readonly vaccine_name_en?: string | null;
}

export const vaccineOf = (dose: Named): string => (language() === "en" && dose.vaccine_name_en) || dose.vaccine_name;

export const numberOf = (n: number): string => w().dose(n);

export const doseOf = (dose: Named & { readonly dose_no: number }): string => `${vaccineOf(dose)} ${numberOf(dose.dose_no)}`;

/** Where it was given; nothing where that is not known. */
export const siteOf = (site: string | null | undefined): string => (w().sites as Readonly<Record<string, string>>)[site ?? ""] ?? "";

/** Runs of neighbours that have the same key, in order. */
export function runs<T>(items: readonly T[], keyOf: (item: T) => string): { readonly key: string; readonly items: readonly T[] }[] {
  const found: { key: string; items: T[] }[] = [];
  for (const item of items) {
    const key = keyOf(item);
    const last = found[found.length - 1];
    if (last?.key === key) last.items.push(item);
    else found.push({ key, items: [item] });
  }
  return found;
}
