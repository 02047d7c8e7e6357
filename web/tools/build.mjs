/**
 * Builds every page once in each language into dist/: who reads Chinese loads no English words.
 *
 *     node tools/build.mjs
 *
 * A page with a worker.ts works without a network: dist/<page>/sw.js keeps what the page loads in either language.
 * dist/<page>/index.html starts by a script of its own, which asks for what the first screen shows (<page>/early.ts), reads what was chosen on
 * this device (shared/words.ts) and loads that build.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, minify, transformWithOxc } from "vite";
import { LANGUAGES, pages, reached } from "./pages.mjs";

const DIST = join(import.meta.dirname, "..", "dist");
const ENTRY = /<script type="module"[^>]* src="([^"]+)"><\/script>/;

rmSync(DIST, { recursive: true, force: true });
for (const page of pages()) {
  const index = join(DIST, page, "index.html");
  const built = {};
  for (const language of LANGUAGES) {
    process.env.PAGE = page;
    process.env.PAGE_LANGUAGE = language;
    await build({ logLevel: "warn" });
    built[language] = readFileSync(index, "utf8");
  }
  const [zh, en] = LANGUAGES.map((language) => ENTRY.exec(built[language])[1].split("/").pop());
  const text = `${await early(page)}let l="zh";try{l=localStorage.getItem("vaxcert.language")}catch(e){}import(l==="en"?"./${en}":"./${zh}");\n`;
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 8);
  const start = `start-${page}-${hash}.js`;
  mkdirSync(join(DIST, "assets"), { recursive: true });
  writeFileSync(join(DIST, "assets", start), text);
  // Named in the head, so that most phones need not wait for the script that chooses.
  const named = (src) => `<link rel="modulepreload" crossorigin href="${src}" />`;
  writeFileSync(index, built.zh.replace(ENTRY, (whole, src) => `${named(src)}\n    ${whole.replace(src, `../assets/${start}`)}`));
  await worker(page, index);
}

/** What a page asks for before its script is there: <page>/early.ts. */
async function early(page) {
  const source = join(import.meta.dirname, "..", page, "early.ts");
  if (!existsSync(source)) return "";
  const { code } = await minify(source, await plain(source), { module: true, compress: { target: "es2018" } });
  return `${code}\n`;
}

/** A file of TypeScript for the engines of the pages, without its comments. */
async function plain(source) {
  const { code } = await transformWithOxc(readFileSync(source, "utf8"), source, { target: "es2018" });
  return code.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "").replace(/^\s*export \{\s*\};?$/gm, "").trim();
}

async function worker(page, index) {
  const source = join(import.meta.dirname, "..", page, "worker.ts");
  if (!existsSync(source)) return;
  // What reads pictures is a megabyte: it is kept once somebody has used it.
  const icon = /assets\/([\w-]+\.svg)/.exec(readFileSync(index, "utf8"))[1];
  const files = [...reached(DIST, index, (found) => !found.startsWith("zxing-"))].slice(1).map((file) => basename(file)).concat(icon).sort();
  const version = createHash("sha256").update(files.join()).digest("base64url").slice(0, 8);
  writeFileSync(join(DIST, page, "sw.js"), `const FILES=${JSON.stringify(files)},VERSION="${version}";\n${await plain(source)}`);
}
