import { render } from "preact";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "../shared/styles/parts.css";
import "./styles/family.css";
import "./styles/way.css";
import { restoreSize } from "../shared/preferences";
import { language, setLanguage } from "../shared/words";
import { App } from "./app";
import { comeBack } from "./entry";
import { comeBackSubscribed } from "./subscribing";

restoreSize();
setLanguage(language());
comeBackSubscribed();
const root = document.getElementById("app");
if (root) render(<App returned={comeBack()} />, root);
