/** Dates as families read them, always of Asia/Shanghai, wherever the phone is. */
import { language } from "./words";

const SHANGHAI = 8 * 3600_000;
const WEEK_ZH = "日一二三四五六";
const WEEK_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTH_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (n: number): string => String(n).padStart(2, "0");

/** The wall clock of Shanghai, to be read with the UTC getters. A day without a time is taken as it stands. */
function wall(text: string): Date {
  return /T/.test(text) ? new Date(Date.parse(text) + SHANGHAI) : new Date(`${text}T00:00:00Z`);
}

/** `2026年8月24日`, `24 Aug 2026`. */
export function day(text: string): string {
  const d = wall(text);
  const [y, m, n] = [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()];
  return language() === "zh" ? `${y}年${m + 1}月${n}日` : `${n} ${MONTH_EN[m] ?? ""} ${y}`;
}

/** `8月24日 周一`, `Mon 24 Aug`. */
export function weekday(text: string): string {
  const d = wall(text);
  const [m, n, w] = [d.getUTCMonth(), d.getUTCDate(), d.getUTCDay()];
  return language() === "zh" ? `${m + 1}月${n}日 周${WEEK_ZH[w] ?? ""}` : `${WEEK_EN[w] ?? ""} ${n} ${MONTH_EN[m] ?? ""}`;
}

/** `09:30` */
export function time(text: string): string {
  const d = wall(text);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
}

/** Day and time. */
export const moment = (text: string): string => `${day(text)} ${time(text)}`;

/** Today in Shanghai, `YYYY-MM-DD`. */
export function today(now = Date.now()): string {
  return new Date(now + SHANGHAI).toISOString().slice(0, 10);
}

/** Whole months from a day to another. */
function months(born: string, on: string): number {
  const [y1 = 0, m1 = 1, d1 = 1] = born.split("-").map(Number);
  const [y2 = 0, m2 = 1, d2 = 1] = on.split("-").map(Number);
  return (y2 - y1) * 12 + (m2 - m1) - (d2 < d1 ? 1 : 0);
}

/** Whole years of age on a day. */
export const years = (born: string, on: string = today()): number => Math.floor(months(born, on) / 12);

/** How old a person is, in the words that parents use: days, months, years. */
export function age(born: string, on: string = today()): string {
  const old = months(born, on);
  const zh = language() === "zh";
  if (old < 1) {
    const days = Math.max(0, Math.round((Date.parse(on) - Date.parse(born)) / 86_400_000));
    return zh ? `${days}天` : `${days} d`;
  }
  if (old < 24) return zh ? `${old}个月` : `${old} mo`;
  return zh ? `${years(born, on)}岁` : `${years(born, on)} y`;
}
