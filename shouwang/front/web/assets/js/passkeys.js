// Passkeys: <form data-passkey="create|get" data-options="ID of a json_script"> fills its `credential` and is sent;
// data-fetch asks the form's own address for the options (sign-in, where nobody is known yet).
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (credentials) => credentials?.map((one) => ({ ...one, id: bytes(one.id) }));

async function create(options, passwordless) {
  const asked = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) } };
  asked.excludeCredentials = listed(options.excludeCredentials);
  asked.authenticatorSelection = { ...options.authenticatorSelection, residentKey: passwordless ? "required" : "discouraged", requireResidentKey: passwordless };
  if (passwordless) asked.authenticatorSelection.userVerification = "required";
  const made = await navigator.credentials.create({ publicKey: asked });
  const response = { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) };
  response.transports = made.response.getTransports?.() ?? [];
  return { made, response };
}

async function get(options) {
  const asked = { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
  const made = await navigator.credentials.get({ publicKey: asked });
  const response = { clientDataJSON: text(made.response.clientDataJSON), authenticatorData: text(made.response.authenticatorData) };
  response.signature = text(made.response.signature);
  response.userHandle = made.response.userHandle ? text(made.response.userHandle) : null;
  return { made, response };
}

async function options(form) {
  if (!form.dataset.fetch) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

async function run(form) {
  const failed = form.querySelector("[data-passkey-error]");
  if (failed) failed.hidden = true;
  try {
    const given = await options(form);
    const asked = (given.creation_options ?? given.request_options).publicKey;
    const passwordless = form.querySelector("[name=passwordless]")?.checked ?? false;
    const { made, response } = form.dataset.passkey === "create" ? await create(asked, passwordless) : await get(asked);
    const credential = { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: made.getClientExtensionResults() };
    credential.authenticatorAttachment = made.authenticatorAttachment ?? null;
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    if (failed) failed.hidden = false; // the person cancelled, or the device has no such key: the page says what else there is
  }
}

export function passkeys() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches?.("form[data-passkey]")) return;
    event.preventDefault();
    run(event.target);
  });
}
