/** The page without a network: its worker keeps its files, the keys and the names of vaccines, and nothing else (check/worker.ts). */
import { useEffect, useState } from "preact/hooks";

/** After the page is there: the worker fetches what the page has just loaded. Where there is none, the page needs the network. */
export function worksWithoutNetwork(): void {
  const container = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (!container) return;
  const register = (): void => void container.register("sw.js").catch(() => undefined);
  if (document.readyState === "complete") register();
  else window.addEventListener("load", register);
}

/** Whether the browser says that it has a network at all. */
export function useOnline(): boolean {
  const [online, set] = useState(navigator.onLine);
  useEffect(() => {
    const tell = (): void => set(navigator.onLine);
    window.addEventListener("online", tell);
    window.addEventListener("offline", tell);
    return () => {
      window.removeEventListener("online", tell);
      window.removeEventListener("offline", tell);
    };
  }, []);
  return online;
}
