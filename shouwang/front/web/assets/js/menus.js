// Menus close when one looks elsewhere; buttons with data-dialog open a dialog, data-print prints; a file can be dropped.
export function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const opener = event.target.closest("[data-dialog]");
    if (opener) { event.preventDefault(); document.getElementById(opener.dataset.dialog)?.showModal(); }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.nodeName === "DIALOG") event.target.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
    const drop = event.target.closest("[data-drop]");
    if (drop && event.target.type === "file") name(drop, event.target);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target.closest?.("[data-drop]");
      if (!drop) return;
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind !== "drop" || !event.dataTransfer.files.length) return;
      const input = drop.querySelector("input[type=file]");
      input.files = event.dataTransfer.files;
      name(drop, input);
    });
  }
}

function name(drop, input) {
  const shown = drop.querySelector("[data-drop-name]");
  if (shown) shown.textContent = [...input.files].map((file) => file.name).join("，");
}
