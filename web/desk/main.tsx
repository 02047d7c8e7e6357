import { render } from "preact";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "../shared/styles/parts.css";
import "../shared/styles/device.css";
import "../shared/styles/verdict.css";
import "./desk.css";
import { language, setLanguage } from "../shared/words";
import { App } from "./app";

setLanguage(language());
const root = document.getElementById("app");
if (root) render(<App />, root);
