/** Keeps of every table of words one language alone: a phone loads the other only when it is chosen. */
import { Parser } from "acorn";
import { full } from "acorn-walk";

const KEPT = { zh: 0, en: 1 };

/** A plugin of Vite: `words(zh, en)` becomes `words(zh, 0)` or `words(0, en)`. Both arguments have to be written out. */
export function oneLanguage(language) {
  return {
    name: "one-language",
    apply: "build",
    enforce: "post",
    transform(code, id) {
      if (!/\.tsx?$/.test(id.split("?")[0]) || !code.includes("words(")) return null;
      const dropped = [];
      full(Parser.parse(code, { ecmaVersion: "latest", sourceType: "module" }), (node) => {
        if (node.type !== "CallExpression" || node.callee.name !== "words") return;
        if (node.arguments.length !== 2) throw new Error(`${id}: words() takes Chinese and English`);
        dropped.push(node.arguments[1 - KEPT[language]]);
      });
      if (dropped.length === 0) return null;
      dropped.sort((a, b) => b.start - a.start);
      return { code: dropped.reduce((text, node) => text.slice(0, node.start) + "0" + text.slice(node.end), code), map: null };
    },
  };
}
