// A button with data-insert writes its data-text where the cursor stands in that field, as if it had been typed.
export function insert() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    const field = button && document.getElementById(button.dataset.insert);
    if (!field) return;
    const at = field.selectionStart ?? field.value.length;
    const gap = at > 0 && !/[\s(]$/.test(field.value.slice(0, at)) ? " " : "";
    field.setRangeText(`${gap}${button.dataset.text} `, at, field.selectionEnd ?? at, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
