import { debounce, fresh, make } from "./dom.ts";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function keep(el: Element): el is Field {
  if (!(el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement || el instanceof HTMLSelectElement)) return false;
  return el.name !== "" && !["password", "file", "hidden", "submit", "button", "search"].includes(el.type);
}

function read(form: HTMLFormElement): string[][] {
  const out: string[][] = [];
  for (const el of form.elements) {
    if (!keep(el)) continue;
    if (el instanceof HTMLInputElement && (el.type === "checkbox" || el.type === "radio")) {
      out.push([el.name, el.checked ? "1" : "", el.value]);
    } else {
      out.push([el.name, el.value]);
    }
  }
  return out;
}

function write(form: HTMLFormElement, saved: string[][]): void {
  const left = [...saved];
  for (const el of form.elements) {
    if (!keep(el)) continue;
    const box = el instanceof HTMLInputElement && (el.type === "checkbox" || el.type === "radio");
    const i = left.findIndex((s) => s[0] === el.name && (!box || s[2] === el.value));
    if (i < 0) continue;
    const value = left.splice(i, 1)[0]?.[1] ?? "";
    if (box) (el as HTMLInputElement).checked = value === "1";
    else el.value = value;
    el.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const SENT = "draft-sent:";

/**
 * A text that was sent is forgotten on the next page, with one exception: when
 * that page asks to sign in, the session had ended and nothing was taken.
 */
function settle(): void {
  const signIn = document.querySelector("input[type=password], [data-sign-in]") !== null;
  try {
    for (const mark of Object.keys(sessionStorage).filter((k) => k.startsWith(SENT))) {
      const key = mark.slice(SENT.length);
      if (signIn) sessionStorage.setItem(mark, "bounced");
      else if (sessionStorage.getItem(mark) !== "bounced") {
        sessionStorage.removeItem(key);
        sessionStorage.removeItem(mark);
      } else if (document.querySelector(`form[data-draft="${CSS.escape(key.replace(/^draft:/, ""))}"]`)) sessionStorage.removeItem(mark);
    }
  } catch {
    // storage is switched off: nothing was kept
  }
}

/**
 * Keeps the typed text of form[data-draft] in this tab until it is sent: a
 * reload or a lost session does not lose it. sessionStorage, because a home
 * computer has more than one user.
 */
export function drafts(root: ParentNode): void {
  if (root === document) settle();
  for (const form of fresh<HTMLFormElement>(root, "form[data-draft]", "Draft")) {
    const key = `draft:${form.dataset.draft}`;
    const initial = JSON.stringify(read(form));
    let saved: string | null = null;
    try {
      saved = sessionStorage.getItem(key);
    } catch {
      continue; // storage is switched off: nothing to keep
    }
    // The server has answered with errors and with what was typed: that is newer.
    const answered = form.querySelector("[aria-invalid=true]") !== null || document.querySelector(".ds-error-summary") !== null;
    if (saved && saved !== initial && !answered) {
      write(form, JSON.parse(saved) as string[][]);
      const note = make("div", "note noprint");
      note.setAttribute("role", "status");
      const p = make("p", "", `${form.dataset.draftRestored ?? ""} `);
      const b = make("button", "link-button", form.dataset.draftDiscard);
      b.type = "button";
      b.addEventListener("click", () => {
        sessionStorage.removeItem(key);
        write(form, JSON.parse(initial) as string[][]);
        note.remove();
      });
      p.append(b);
      note.append(p);
      form.prepend(note);
    }
    const save = debounce(() => {
      try {
        sessionStorage.setItem(key, JSON.stringify(read(form)));
      } catch {
        // full: the text on the page is still there
      }
    }, 400);
    form.addEventListener("input", save);
    form.addEventListener("submit", () => {
      try {
        sessionStorage.setItem(key, JSON.stringify(read(form)));
        sessionStorage.setItem(SENT + key, "1");
      } catch {
        // as above
      }
    });
  }
}

/** Sends form[data-autosave] to the server after a pause in typing. */
export function autosave(root: ParentNode): void {
  for (const form of fresh<HTMLFormElement>(root, "form[data-autosave]", "Autosave")) {
    if ("kept" in form.dataset) history.replaceState(history.state, "", location.href);
    const status = make("p", "small muted autosave");
    status.setAttribute("role", "status");
    (form.querySelector(".form-actions") ?? form).append(status);
    let running: Promise<void> | undefined;
    let sent = false;
    const save = debounce(() => {
      if (sent || !form.isConnected) return;
      if (running) return save();
      running = send().finally(() => (running = undefined));
    }, 3000);
    async function send(): Promise<void> {
      const body = new URLSearchParams();
      for (const [k, v] of new FormData(form)) if (typeof v === "string") body.append(k, v);
      try {
        const r = await fetch(form.dataset.autosave ?? "", { method: "POST", body, headers: { Accept: "application/json" } });
        if (!r.ok) throw new Error(String(r.status));
        const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        status.textContent = (form.dataset.autosaveSaved ?? "").replace("{time}", time);
        form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true }));
        const version = r.headers.get("X-Version"); // the record's version after the save
        const field = form.elements.namedItem("version");
        if (version && field instanceof HTMLInputElement) field.value = version;
      } catch {
        status.textContent = form.dataset.autosaveFailed ?? "";
      }
    }
    form.addEventListener("input", save);
    // A press while a save is on its way waits for it, a while: else the page's own
    // save would look like that of another window.
    let held = false;
    let patient = true;
    form.addEventListener("submit", (e) => {
      sent = true;
      if (!running || !patient) return;
      e.preventDefault();
      if (held) return;
      held = true;
      void Promise.race([running, new Promise((done) => setTimeout(done, 5000))]).then(() => {
        held = patient = false;
        form.requestSubmit(e.submitter);
        patient = true;
      });
    });
    addEventListener("pageshow", () => (sent = false));
  }
}
