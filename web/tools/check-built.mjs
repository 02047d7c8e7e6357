/**
 * Fails where what was built is not fit for the engines of package.json's browserslist, or for our policy:
 * newer syntax, newer CSS, inline scripts or styles, addresses of others, names without a hash, more bytes than allowed.
 *
 *     node tools/check-built.mjs dist
 */
import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { Parser } from "acorn";
import { full } from "acorn-walk";
import doiuse from "doiuse";
import postcss from "postcss";
import { LANGUAGES, reached } from "./pages.mjs";

const ENGINES = JSON.parse(readFileSync(new URL("../package.json", import.meta.url))).browserslist;
/** Bytes of script a page may have, gzipped. */
const MOST = { family: 40 * 1024, desk: 60 * 1024, board: 60 * 1024, check: 60 * 1024 };
/** Features that an old engine may ignore without harm; each is here for the reason beside it. */
const HARMLESS = {
  "css-focus-visible": "only takes an outline away that :focus has drawn",
  "prefers-color-scheme": "without it the pages are light",
  "prefers-reduced-motion": "without it there is motion, all of it short",
  "css-scroll-behavior": "only ever taken back to plain scrolling",
  "css-env-function": "stands behind a plain value",
  "text-size-adjust": "phones that lack it do not enlarge text by themselves",
  "css-sticky": "without it the bar scrolls away",
  "css-appearance": "prefixed beside it",
  "css-math-functions": "minmax() is taken for max(): checked below",
  "css-gradients": "partial means gradients that fade to nothing",
  "css-overflow": "partial means values that are not used",
  "css-touch-action": "without it a double tap zooms",
  "pointer": "touch-action is taken for it",
  "css-resize": "a handle of desktop browsers",
  "css-snappoints": "scroll-padding is taken for it: without it a field may have to be scrolled out from behind the strip at the foot",
};

/** Loaded only where wasm may be compiled under our policy (Chrome 97, Safari 16), which the page asks first (shared/scan/camera.ts). */
const ONLY_NEWER = /^zxing-/;

const folder = process.argv[2] ?? "dist";
const faults = [];
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

for (const file of files) {
  const text = () => readFileSync(file, "utf8");
  if (file.endsWith(".html")) checkPage(file, text());
  // A browser knows a worker by its address: it has no hash, and is asked for each time (functions/serve_pages/pages.py).
  else if (basename(file) !== "sw.js" && !/-[\w-]{8}\.\w+$/.test(basename(file))) faults.push(`${file}: its name holds no hash`);
  if (file.endsWith(".js") && !ONLY_NEWER.test(basename(file))) checkScript(file, text());
  if (file.endsWith(".css")) checkStyle(file, text());
}
for (const page of files.filter((file) => file.endsWith("index.html"))) for (const language of LANGUAGES) measure(page, language);
if (faults.length) {
  console.error(faults.join("\n"));
  process.exit(1);
}

function checkPage(file, html) {
  if (/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(html)) faults.push(`${file}: inline script or style`);
  for (const [, address] of html.matchAll(/\s(?:src|href)="([^"]*)"/g)) {
    if (!/^\.\.?\//.test(address)) faults.push(`${file}: ${address} is not relative`);
  }
}

/** ES2018, and of later editions what both engines have: dynamic import, import.meta, `catch` without a name. */
function checkScript(file, code) {
  let tree;
  try {
    tree = Parser.parse(code, { ecmaVersion: 2020, sourceType: "module" });
  } catch (error) {
    faults.push(`${file}: ${error.message}`);
    return;
  }
  full(tree, (node) => {
    const newer =
      node.type === "ChainExpression" ||
      (node.type === "LogicalExpression" && node.operator === "??") ||
      (node.type === "Literal" && node.bigint) ||
      (node.type === "ExportAllDeclaration" && node.exported);
    if (newer) faults.push(`${file}:${node.start}: ${node.type} is newer than the engines`);
  });
  // What no linter of our own code sees: methods that a library calls.
  const calls = /\b(queueMicrotask|globalThis|structuredClone|Object\.fromEntries|Promise\.(?:any|allSettled)|\.(?:flat|flatMap|replaceAll|replaceChildren|matchAll)\()/;
  const found = calls.exec(code);
  if (found) faults.push(`${file}:${found.index}: ${found[0]} is newer than the engines`);
}

function checkStyle(file, css) {
  const tell = ({ feature, message }) => {
    if (!(feature in HARMLESS)) faults.push(`${basename(file)} ${message.replace(/<css input>|\S*\.css/, "")}`);
  };
  postcss([doiuse({ browsers: ENGINES, onFeatureUsage: tell })]).process(css, { from: undefined }).sync();
  // Gaps of grids are old, gaps of flex boxes are not; `inset` and its like are newer too. doiuse does not know them.
  postcss.parse(css).walkRules((rule) => {
    const has = (name, value) => rule.nodes.some((node) => node.prop === name && (!value || value.test(node.value)));
    if (has("display", /flex/) && (has("gap") || has("column-gap") || has("row-gap"))) faults.push(`${file}: a gap in a flex box: ${rule.selector}`);
    if (has("inset") || rule.nodes.some((node) => /^(margin|padding|inset)-(inline|block)/.test(node.prop ?? ""))) faults.push(`${file}: ${rule.selector}: write the sides out`);
    if (/:(is|where|has|focus-within)\(?/.test(rule.selector)) faults.push(`${file}: ${rule.selector} drops the whole rule there`);
    if (/:focus-visible/.test(rule.selector) && !/:not\(:focus-visible\)/.test(rule.selector)) faults.push(`${file}: ${rule.selector} is not drawn by old engines: use :focus`);
    for (const node of rule.nodes) if (/\b(min|max|clamp)\(/.test(node.value ?? "")) faults.push(`${file}: ${rule.selector}: ${node.value}`);
  });
}

/** Everything that a page can ever load in a language, since the slowest phone loads it as well. */
function measure(page, language) {
  const others = LANGUAGES.filter((one) => one !== language).map((one) => `-${one}-`);
  const name = basename(join(page, ".."));
  const seen = reached(folder, page, (found) => !others.some((mark) => found.includes(mark)));
  const size = (kind) => [...seen].filter((file) => file.endsWith(kind)).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  const script = size(".js");
  console.log(`${name}, ${language}: script ${script} B, style ${size(".css")} B, texts ${size(".json")} B gzipped, in ${seen.size - 1} files`);
  if (script > MOST[name]) faults.push(`${name}, ${language}: ${script} B of script, ${MOST[name]} are allowed`);
}
