/** What is built: each page is a folder with an index.html. Where it is served: functions/serve_pages/pages.py, which names the same. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const HERE = join(import.meta.dirname, "..");

export const LANGUAGES = ["zh", "en"];

export const pages = () => ["family", "desk", "board", "check"].filter((page) => existsSync(join(HERE, page, "index.html")));
