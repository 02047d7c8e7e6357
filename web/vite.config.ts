import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { oneLanguage } from "./tools/one-language.mjs";

const HERE = import.meta.dirname;

/** tools/build.mjs builds one page in one language at a time. */
const { PAGE = "family", PAGE_LANGUAGE = "zh" } = process.env;

/**
 * Few files, since each is compressed by itself: what the first screen of the family needs, and every other screen. The dictionary of a
 * large file saves a tenth. The other pages are one screen each, and split off only what they load when it is asked for.
 */
const CHUNKS = {
  includeDependenciesRecursively: false,
  groups: [
    { name: "more", test: /family\/(screens\/(?!home)|slots|visit|clinics|booking-words|live-code|whose|doses|appointment|platform|texts)/ },
    { name: "base", test: /./ },
  ],
};

const TESTS = "{shared,family,desk,board,check}/**/*.test.{ts,tsx}";
/** What loads modules anew, or has to find them as they begin. */
const ALONE = ["family/early.test.ts", "shared/api/client.test.ts"];

/** Files that share a document come in the same order each time. */
class ByName extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(files.toSorted((one, other) => (one.moduleId < other.moduleId ? -1 : 1)));
  }
}

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
  plugins: [localStack(), oneLanguage(PAGE_LANGUAGE)],
  build: {
    // Old WebViews of Android 9 and iOS 12; tools/check-built.mjs checks what comes out.
    target: ["chrome66", "safari12"],
    cssTarget: ["chrome66", "safari12"],
    // A polyfill would be larger than what it serves: engines without preloading load a moment later.
    modulePreload: { polyfill: false },
    // No data: addresses, so that the policy need not allow them for scripts, styles and fonts.
    assetsInlineLimit: 0,
    assetsDir: "assets",
    emptyOutDir: false,
    rollupOptions: {
      input: { [PAGE]: join(HERE, PAGE, "index.html") },
      output: {
        entryFileNames: `assets/[name]-${PAGE_LANGUAGE}-[hash].js`,
        chunkFileNames: `assets/[name]-${PAGE_LANGUAGE}-[hash].js`,
        ...(PAGE === "family" ? { codeSplitting: CHUNKS } : {}),
      },
    },
  },
  test: {
    environment: "happy-dom",
    maxWorkers: 1,
    sequence: { sequencer: ByName },
    // A document of its own for each file would be six sevenths of the run: they share one.
    projects: [
      { extends: true, test: { name: "together", isolate: false, include: [TESTS], exclude: ALONE } },
      { extends: true, test: { name: "alone", include: ALONE } },
    ],
  },
});
