// Bulk actions: the bar shows once a row is chosen, and says how many.
export function selection() {
  const update = (scope) => {
    const boxes = [...scope.querySelectorAll("input[data-select]")];
    const chosen = boxes.filter((box) => box.checked);
    for (const box of boxes) box.closest("[data-row]")?.classList.toggle("selected", box.checked);
    for (const bar of scope.querySelectorAll("[data-bulk]")) bar.hidden = chosen.length === 0;
    for (const count of scope.querySelectorAll("[data-bulk-count]")) count.textContent = chosen.length;
    const all = scope.querySelector("input[data-select-all]");
    if (all) { all.checked = chosen.length > 0 && chosen.length === boxes.length; all.indeterminate = chosen.length > 0 && chosen.length < boxes.length; }
  };
  document.addEventListener("change", (event) => {
    const scope = event.target.closest?.("[data-selection]");
    if (!scope) return;
    if (event.target.matches("input[data-select-all]")) for (const box of scope.querySelectorAll("input[data-select]")) box.checked = event.target.checked;
    if (event.target.matches("input[data-select], input[data-select-all]")) update(scope);
  });
  // A chosen row that a fragment has replaced is no longer chosen.
  document.addEventListener("htmx:after:swap", () => { for (const scope of document.querySelectorAll("[data-selection]")) update(scope); });
}
