import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";

const HERE = import.meta.dirname;

/** Each page is a folder with an index.html. Where it is served: functions/serve_pages/pages.py, which names the same. */
const PAGES = ["family", "desk", "board", "check"].filter((page) => existsSync(join(HERE, page, "index.html")));

/** `npm run dev` plays serve_pages: settings come from the stack that `make run` started, and calls go on to it. */
function localStack(): Plugin {
  const endpoints = join(HERE, "../.local/endpoints.json");
  const api = existsSync(endpoints) ? (JSON.parse(readFileSync(endpoints, "utf8")) as { api: string }).api : undefined;
  return {
    name: "local-stack",
    apply: "serve",
    config: () => {
      if (!api) return {};
      const { origin, pathname } = new URL(api);
      return { server: { proxy: Object.fromEntries(["/v1", "/healthz"].map((path) => [path, { target: origin, changeOrigin: true, rewrite: (asked: string) => pathname + asked }])) } };
    },
    transformIndexHtml: async (html) => {
      const served = api ? await (await fetch(`${api}/app/`)).text() : "";
      return html.replace("{{settings}}", /name="settings" content="([^"]*)"/.exec(served)?.[1] ?? "{}");
    },
  };
}

export default defineConfig({
  // Relative: the pages work below any stage path and any domain.
  base: "./",
  plugins: [localStack()],
  build: {
    // Old WebViews of Android 9 and iOS 12; tools/check-built.mjs checks what comes out.
    target: ["chrome66", "safari12"],
    cssTarget: ["chrome66", "safari12"],
    // A polyfill would be larger than what it serves: engines without preloading load a moment later.
    modulePreload: { polyfill: false },
    // No data: addresses, so that the policy need not allow them for scripts, styles and fonts.
    assetsInlineLimit: 0,
    assetsDir: "assets",
    rollupOptions: { input: Object.fromEntries(PAGES.map((page) => [page, join(HERE, page, "index.html")])) },
  },
  test: { environment: "happy-dom", include: ["{shared,family,desk,board,check}/**/*.test.{ts,tsx}"] },
});
