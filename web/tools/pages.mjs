/** What is built: each page is a folder with an index.html. Where it is served: functions/serve_pages/pages.py, which names the same. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const HERE = join(import.meta.dirname, "..");

export const LANGUAGES = ["zh", "en"];

export const pages = () => ["family", "desk", "board", "check"].filter((page) => existsSync(join(HERE, page, "index.html")));

/** Every script, style and text in dist/assets that an index.html can ever lead to; `wanted` says which of them are followed. */
export function reached(dist, page, wanted = () => true) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, found] of readFileSync(file, "utf8").matchAll(/["'`](?:\.{0,2}\/)*(?:assets\/)?([\w.-]+-[\w-]{8}\.(?:js|css|json))["'`]/g)) {
      const next = join(dist, "assets", found);
      if (existsSync(next) && wanted(found)) visit(next);
    }
  };
  visit(page);
  return seen;
}
