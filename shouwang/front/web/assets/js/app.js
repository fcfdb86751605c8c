// Every page: htmx, the keyboard, menus and dialogs. Charts are loaded only where a page draws one.
import "htmx.org";
import { insert } from "./insert.js";
import { keyboard } from "./keyboard.js";
import { menus } from "./menus.js";
import { passkeys } from "./passkeys.js";
import { report } from "./report.js";
import { selection } from "./selection.js";

insert();
keyboard();
menus();
passkeys();
report();
selection();

async function charts() {
  if (!document.querySelector("[data-chart]")) return;
  const { draw } = await import("./charts.js");
  draw(document);
}
charts();
document.addEventListener("htmx:after:swap", charts);
