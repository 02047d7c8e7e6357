import { render } from "preact";
import "../shared/styles/tokens.css";
import "../shared/styles/base.css";
import "../shared/styles/parts.css";
import "../shared/styles/device.css";
import "../shared/styles/verdict.css";
import "./check.css";
import { authorizeBy } from "../shared/api/client";
import { restoreSize } from "../shared/preferences";
import { language, setLanguage } from "../shared/words";
import { takeFragment } from "./address";
import { App } from "./app";
import { worksWithoutNetwork } from "./offline";

// First of all: what the code says stays no moment longer in the address than it has to.
const carried = takeFragment();
// Who is signed in to the family's pages in this browser is nobody here.
authorizeBy(() => undefined);
restoreSize();
setLanguage(language());
const root = document.getElementById("app");
if (root) render(<App carried={carried} />, root);
worksWithoutNetwork();
