import { render } from "preact";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "../shared/styles/parts.css";
import "./styles/family.css";
import "./styles/way.css";
import { restoreSize } from "../shared/preferences";
import { language, setLanguage, wordsRead } from "../shared/words";
import { App } from "./app";
import { comeBack } from "./entry";

restoreSize();
setLanguage(language());
const root = document.getElementById("app");
const returned = comeBack();
void wordsRead().then(() => {
  if (root) render(<App returned={returned} />, root);
});
