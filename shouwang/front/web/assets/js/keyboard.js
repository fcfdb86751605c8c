// "/" to search, j and k along the rows, x to select, Enter to open, n and p for what comes next and before, Ctrl+Enter to send a form, "?" for help. Never while something is being typed.
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
const current = () => document.querySelector("[data-row].at");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
  current()?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a[href]") ?? next).focus({ preventScroll: true });
}

const keys = {
  "/": () => document.querySelector("#search")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  n: () => document.querySelector("a[data-next]")?.click(),
  p: () => document.querySelector("a[data-back]")?.click(),
  x: () => current()?.querySelector("input[type=checkbox][data-select]")?.click(),
  Enter: () => current()?.querySelector("a[data-open], a[href]")?.click(),
  "?": () => document.querySelector("#keys")?.showModal(),
};

function alongResults(event) {
  const found = [...document.querySelectorAll("#found a")];
  if (!found.length || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const at = found.findIndex((link) => link.getAttribute("aria-selected") === "true");
  if (event.key === "Enter") {
    if (at >= 0) { event.preventDefault(); found[at].click(); }
    return;
  }
  event.preventDefault();
  found[at]?.removeAttribute("aria-selected");
  found[(at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length].setAttribute("aria-selected", "true");
}

export function keyboard() {
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "search") {
      if (event.key === "Escape") event.target.blur();
      return alongResults(event);
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.matches("[data-quick]")) return event.target.form.requestSubmit();
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
}
