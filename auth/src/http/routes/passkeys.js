// Passkeys on a page, without a build step: <script src="/auth/passkeys.js" defer></script>
//
// <button type="button" data-passkey="sign-in" data-next="/account" hidden>Sign in with a passkey</button>
//     signs in, and opens `data-next`. With an <input autocomplete="username webauthn"> on the page, the browser offers
//     passkeys in that field, too.
// <button type="button" data-passkey="step" data-next="/account" hidden>Use a passkey</button>
//     shows a passkey of the account whose sign-in waits for a second factor.
// <button type="button" data-passkey="reauthenticate" data-next="/account" hidden>It is me</button>
//     shows a passkey again, for what takes a recent sign-in.
// <form data-passkey="add" data-next="/passkeys" data-again="/again" hidden><input name="name"><button>Add</button></form>
//     adds one, under the name in the form; a sign-in that is too old for it is renewed at `data-again`.
//
// <main data-passkey="accepted">
//     on a page of somebody who is signed in: tells the browser which passkeys there are, so that it offers no others.
//
// They are hidden where there are no passkeys. What goes wrong is written into an element with `data-passkey-error`. A page
// with a script of its own calls `authPasskeys.signIn()`, `.step()`, `.add(name)`, `.reauthenticate()` and `.accepted()`;
// `{ cookies: false }`, `{ token }` and, of a step, `{ signIn }` are for pages that keep tokens themselves.
"use strict";
(() => {
  const base = document.currentScript.src;
  const supported = isSecureContext && typeof PublicKeyCredential === "function";
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
  const descriptors = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));

  const post = (path, body, options, renew) => call("POST", path, JSON.stringify(body), options, renew);

  async function call(method, path, body, { token } = {}, renew = !token) {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(new URL(path, base), { method, headers, body });
    const json = await answer.json().catch(() => ({}));
    if (answer.ok) return json;
    if (renew && ["not_signed_in", "invalid_token"].includes(json.code)) {
      // The access cookie has ended; the refresh cookie may not have.
      await post("refresh", {}, {}, false);
      return call(method, path, body, {}, false);
    }
    throw Object.assign(new Error(json.detail ?? json.title ?? answer.statusText), { code: json.code });
  }

  function credential(made, response) {
    const { id, type } = made;
    response.clientDataJSON = text(made.response.clientDataJSON);
    return { id, rawId: text(made.rawId), type, response, clientExtensionResults: made.getClientExtensionResults() };
  }

  // The request that waits in a field of the page. There is one at a time.
  let waiting;

  async function show(path, options, mediation) {
    waiting?.abort();
    const controller = new AbortController();
    waiting = mediation && controller;
    const begins = path.startsWith("sign-in/");
    const handle = options?.signIn && { sign_in: options.signIn };
    const asked = await post(`${path}/options`, { ...handle }, options, !begins);
    const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: descriptors(asked.allowCredentials) };
    const shown = await navigator.credentials.get({ publicKey, mediation, signal: controller.signal });
    const { authenticatorData, signature, userHandle } = shown.response;
    const response = { authenticatorData: text(authenticatorData), signature: text(signature) };
    if (userHandle) response.userHandle = text(userHandle);
    const query = begins && options?.cookies !== false ? "?cookies=true" : "";
    try {
      return await post(path + query, { ...handle, credential: credential(shown, response) }, options, false);
    } catch (error) {
      if (error.code === "unknown_passkey") {
        const unknown = { rpId: publicKey.rpId, credentialId: shown.id };
        await PublicKeyCredential.signalUnknownCredential?.(unknown).catch(() => {});
      }
      throw error;
    }
  }

  // What the browser offers from now on. Not every browser has it, and no page depends on it.
  async function accepted(options) {
    if (!PublicKeyCredential.signalAllAcceptedCredentials) return;
    await PublicKeyCredential.signalAllAcceptedCredentials(await call("GET", "factors/passkeys/accepted", undefined, options));
  }

  async function add(name, options) {
    const asked = await post("factors/passkeys/options", {}, options);
    const user = { ...asked.user, id: bytes(asked.user.id) };
    const excludeCredentials = descriptors(asked.excludeCredentials);
    const publicKey = { ...asked, challenge: bytes(asked.challenge), user, excludeCredentials };
    const made = await navigator.credentials.create({ publicKey });
    const attestationObject = text(made.response.attestationObject);
    const response = { attestationObject, transports: made.response.getTransports?.() ?? [] };
    return post("factors/passkeys", { credential: credential(made, response), name }, options);
  }

  const signIn = (options) => show("sign-in/passkey", options);
  const step = (options) => show("sign-in/passkey/step", options);
  const reauthenticate = (options) => show("reauthenticate/passkey", options);
  globalThis.authPasskeys = { supported, signIn, step, add, reauthenticate, accepted };

  // What each error of the browser means to people (WebAuthn §5.1).
  const SAID = {
    NotAllowedError: "No passkey was used.",
    InvalidStateError: "This device has a passkey of this account already.",
  };

  function tell(error) {
    if (error.name === "AbortError") return;
    const place = document.querySelector("[data-passkey-error]");
    if (!place) return;
    place.textContent = SAID[error.name] ?? error.message;
    place.hidden = false;
  }

  const open = (address) => (address ? location.assign(address) : location.reload());

  async function act(element, action) {
    try {
      await action();
      open(element.dataset.next);
    } catch (error) {
      if (error.code === "step_up_required" && element.dataset.again) return open(element.dataset.again);
      tell(error);
      throw error;
    }
  }

  async function offerInField(button) {
    if (!document.querySelector("input[autocomplete~=webauthn]")) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    // Once: what answers by itself, and is refused, would be asked without end.
    await act(button, () => show("sign-in/passkey", {}, "conditional")).catch(() => {});
  }

  if (!supported) return;
  for (const element of document.querySelectorAll("[data-passkey]")) {
    element.hidden = false;
    const again = () => element.dataset.passkey === "sign-in" && offerInField(element);
    if (element.dataset.passkey === "accepted") {
      accepted().catch(() => {});
    } else if (element.dataset.passkey === "add") {
      element.addEventListener("submit", (event) => {
        event.preventDefault();
        act(element, () => add(new FormData(element).get("name"))).catch(() => {});
      });
    } else {
      const action = { "sign-in": signIn, step, reauthenticate }[element.dataset.passkey];
      element.addEventListener("click", () => act(element, () => action()).catch(again));
      again();
    }
  }
})();
