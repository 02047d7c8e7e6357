import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CallExpression, Node } from "acorn";
import { full } from "acorn-walk";
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
      return { server: { proxy: { "/v1": { target: origin, changeOrigin: true, rewrite: (path) => pathname + path } } } };
    },
    transformIndexHtml: async (html) => {
      const served = api ? await (await fetch(`${api}/app/`)).text() : "";
      return html.replace("{{settings}}", /name="settings" content="([^"]*)"/.exec(served)?.[1] ?? "{}");
    },
  };
}

/**
 * English words stand beside the Chinese ones in the source and in a file of their own in the build, which only those load
 * who read English: `words(zh, en)` becomes `words(zh, () => import(…))`. Tables use nothing of their module.
 */
function englishApart(): Plugin {
  const tables: string[] = [];
  const own = "\0english/";
  return {
    name: "english-apart",
    apply: "build",
    enforce: "post",
    transform(code, id) {
      if (/node_modules|\0/.test(id) || !/\bwords\(/.test(code)) return null;
      const found: { start: number; end: number }[] = [];
      full(this.parse(code) as Node, (node) => {
        const { type, callee, arguments: given } = node as Partial<CallExpression>;
        if (type === "CallExpression" && callee?.type === "Identifier" && callee.name === "words" && given?.[1]) found.push(given[1]);
      });
      let cut = code;
      for (const { start, end } of found.sort((a, b) => b.start - a.start)) {
        const n = tables.push(code.slice(start, end)) - 1;
        cut = `${cut.slice(0, start)}() => import("english/${n}")${cut.slice(end)}`;
      }
      return { code: cut, map: null };
    },
    resolveId: (id) => (id.startsWith("english/") ? `\0${id}` : null),
    load: (id) => (id.startsWith(own) ? `export default ${tables[Number(id.slice(own.length))] ?? ""}` : null),
  };
}

export default defineConfig({
  // Relative: the pages work below any stage path and any domain.
  base: "./",
  plugins: [localStack(), englishApart()],
  build: {
    // Old WebViews of Android 9 and iOS 12; tools/check-built.mjs checks what comes out.
    target: ["chrome66", "safari12"],
    cssTarget: ["chrome66", "safari12"],
    // A polyfill would be larger than what it serves: engines without preloading load a moment later.
    modulePreload: { polyfill: false },
    // No data: addresses, so that the policy need not allow them for scripts, styles and fonts.
    assetsInlineLimit: 0,
    assetsDir: "assets",
    rollupOptions: {
      // Small files compress badly: what is shown first is one file, all the other screens are one, English is one.
      output: { codeSplitting: { groups: [{ name: "english", test: /\0english/, priority: 2 }, { name: "first", test: /family.main|screens.home/, priority: 1 }, { name: "screens", test: /family.screens/ }] } },
      input: Object.fromEntries(PAGES.map((page) => [page, join(HERE, page, "index.html")])),
    },
  },
  test: { environment: "happy-dom", include: ["{shared,family,desk,board,check}/**/*.test.{ts,tsx}"] },
});
