/** Drawings of 24 × 24, all of one stroke; they say nothing to a screen reader, the words beside them do. */
const PATHS = {
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  info: "M12 11v6M12 7.5v.01M12 3a9 9 0 100 18 9 9 0 000-18z",
  warn: "M12 9v4.5M12 17v.01M12 3.5L2.5 20h19L12 3.5z",
  good: "M8 12.5l3 3 5.5-6M12 3a9 9 0 100 18 9 9 0 000-18z",
  shield: "M12 3l7.5 3v5.5c0 4.6-3.2 8-7.5 9.5-4.3-1.5-7.5-4.9-7.5-9.5V6L12 3zM8.5 12l2.5 2.5 4.5-5",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM18 14h2M14 18v2",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  calendar: "M4 6.5h16V20H4zM4 11h16M8 3.5v5M16 3.5v5",
  plan: "M6 4h12v16H6zM9 9l1.5 1.5L13 8M9 15h6M15 9.5h.01",
  family: "M8 11a3 3 0 100-6 3 3 0 000 6zM17 12a2.5 2.5 0 100-5 2.5 2.5 0 000 5zM2.5 20c0-4 2.5-6 5.5-6s5.5 2 5.5 6M15 15c3.5-.8 6.5 1 6.5 5",
  report: "M5 4h14v12H10l-5 4zM9 8.5h6M9 12h4",
  print: "M7 8V4h10v4M7 17H4V8h16v9h-3M7 14h10v6H7z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 100-6 3 3 0 000 6z",
  help: "M9.5 9.5a2.5 2.5 0 115 0c0 1.7-2.5 2-2.5 4M12 17v.01M12 3a9 9 0 100 18 9 9 0 000-18z",
  gear: "M12 15a3 3 0 100-6 3 3 0 000 6zM12 2.5v3M12 18.5v3M2.5 12h3M18.5 12h3M5.3 5.3l2.1 2.1M16.6 16.6l2.1 2.1M5.3 18.7l2.1-2.1M16.6 7.4l2.1-2.1",
  needle: "M14 4l6 6M17 7l-9 9-4 1 1-4 9-9M4 20l1.5-1.5M11 7l2 2M8.5 9.5l2 2",
  bell: "M6 16V11a6 6 0 1112 0v5l1.5 2h-15L6 16zM10 20.5h4",
  phone: "M6.5 3.5h3l1.5 4.5-2 1.5a11 11 0 005.5 5.5l1.5-2 4.5 1.5v3c0 1.1-.9 2-2 2C11 19.5 4.5 13 4.5 5.5c0-1.1.9-2 2-2z",
  offline: "M3 3l18 18M5 12.5a10 10 0 013.5-2.2M2 9a15 15 0 014-2.6M10.5 6a15 15 0 0111.5 3M14 10.3a10 10 0 015 2.2M8.5 16a5 5 0 017 0M12 19.5v.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
