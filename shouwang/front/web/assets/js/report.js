// The report form on a telephone: what is typed is kept in the browser until it was sent or one signs out; a report that meets no network
// is sent again with the same key, so that it is stored once. Photographs are made smaller here, which also leaves the camera's data behind.
const PREFIX = "sw-draft:";
const DAY = 24 * 3600 * 1000;
const AGAIN = 15_000;
const SIDE = 1600;

const stored = (key) => { try { return JSON.parse(localStorage.getItem(key) ?? "null"); } catch { return null; } };
const store = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } };
const drafts = () => { try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; } };
const forget = (key) => { try { localStorage.removeItem(key); } catch { /* storage is refused: then nothing was kept either */ } };

function fields(form) {
  return [...form.elements].filter((field) => field.name && !["csrfmiddlewaretoken", "sid", "q", "place"].includes(field.name) && field.type !== "file");
}

function read(form) {
  const chosen = [...form.querySelectorAll("[data-chosen] li")].map((one) => ({ sid: one.querySelector("input").value, label: one.querySelector("span").textContent }));
  const values = {};
  for (const field of fields(form)) {
    if (["radio", "checkbox"].includes(field.type)) { if (field.checked) (values[field.name] ??= []).push(field.value); }
    else values[field.name] = [field.value];
  }
  return { at: Date.now(), values, chosen };
}

function write(form, draft) {
  for (const field of fields(form)) {
    const given = draft.values[field.name] ?? [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = given.includes(field.value);
    else if (given.length) field.value = given[0];
  }
  for (const one of draft.chosen ?? []) choose(form, one.sid, one.label);
  for (const more of form.querySelectorAll("details")) if ([...more.querySelectorAll("input, textarea")].some((field) => field.checked || (field.type !== "checkbox" && field.value))) more.open = true;
}

function choose(form, sid, label) {
  const list = form.querySelector("[data-chosen]");
  if ([...list.querySelectorAll("input")].some((one) => one.value === sid)) return;
  const row = document.createElement("li");
  const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "sid", value: sid });
  const text = Object.assign(document.createElement("span"), { textContent: label });
  const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  drop.dataset.dropOne = "";
  drop.setAttribute("aria-label", label);
  row.append(kept, text, drop);
  list.append(row);
}

// After a name was found the field is free for the next one; a class list stays, since several of it may be concerned.
function clear(form, pick) {
  if (form.querySelector("[data-place]")?.value) { pick.hidden = true; return; }
  form.querySelector("#who-found").replaceChildren();
  form.querySelector("#who-q").value = "";
  form.querySelector("#who-q").focus();
}

async function smaller(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const data = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return data ? new File([data], "photo.jpg", { type: "image/jpeg" }) : file;
}

async function shrink(input) {
  const kept = new DataTransfer();
  for (const file of [...input.files].slice(0, 5)) kept.items.add(await smaller(file).catch(() => file));
  input.files = kept.files;
}

function waiting(form, on) {
  form.querySelector("[data-waiting]").hidden = !on;
  form.querySelector("[data-send]").disabled = false;
  clearTimeout(form.again);
  if (on) form.again = setTimeout(() => send(form), AGAIN);
}

async function send(form) {
  if (form.sending) return;
  form.sending = true;
  form.querySelector("[data-send]").disabled = true;
  const key = PREFIX + form.dataset.draft;
  store(key, read(form));
  try {
    const answer = await fetch(form.getAttribute("action") || location.pathname, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    form.sending = false;
    if (answer.redirected) { location.assign(answer.url); return; }
    if (answer.status >= 500) { waiting(form, true); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-draft]");
    if (!page) { form.submit(); return; }
    waiting(form, false);
    form.querySelector(".error-summary")?.remove();
    const trouble = page.querySelector(".error-summary");
    if (trouble) { form.prepend(trouble); trouble.focus(); trouble.scrollIntoView({ block: "center" }); }
  } catch {
    form.sending = false;
    waiting(form, true);
  }
}

function begin(form) {
  const key = PREFIX + form.dataset.draft;
  for (const other of drafts()) if (other !== key || Date.now() - (stored(other)?.at ?? 0) > DAY) forget(other);
  const draft = stored(key);
  if (draft && !form.querySelector(".error-summary")) {
    write(form, draft);
    form.querySelector("[data-restored]").hidden = false;
  }
  let timer;
  const keep = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const shown = form.querySelector("[data-saved]");
      if (store(key, read(form)) && shown) shown.textContent = shown.dataset.words;
    }, 250);
  };
  form.addEventListener("input", keep);
  form.addEventListener("change", (event) => {
    if (event.target.dataset.urgency) form.querySelector(`[name=urgency][value=${event.target.dataset.urgency}]`).checked = true;
    if (event.target.matches("[data-photo]")) shrink(event.target);
    keep();
  });
  form.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick]");
    if (pick) { choose(form, pick.dataset.pick, pick.dataset.label); keep(); clear(form, pick); }
    if (event.target.closest("[data-drop-one]")) { event.target.closest("li").remove(); keep(); }
    if (event.target.closest("[data-forget]")) { forget(key); location.replace(location.pathname); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  window.addEventListener("online", () => { if (!form.querySelector("[data-waiting]").hidden) send(form); });
}

export function report() {
  const sent = document.querySelector("[data-draft-sent]");
  const kept = sent && stored(PREFIX + sent.dataset.draftSent);
  if (kept && kept.values.key?.[0] === sent.dataset.key) forget(PREFIX + sent.dataset.draftSent);
  document.addEventListener("submit", (event) => { if (event.target.getAttribute("action") === "/logout/") for (const key of drafts()) forget(key); });
  const form = document.querySelector("form[data-draft]");
  if (form) begin(form);
}
