// The place of an appeal: the address first, the map second. The page works
// without this file, the server then finds the place by the address.

import Overlay from "ol/Overlay";
import { toLonLat } from "ol/proj";
import { type BaseMap, baseMap, make, type MapConfig, readConfig, word } from "./map-base";
import { at } from "./map-scheme";

interface PickerConfig extends MapConfig {
  suggest: string;
  locate: string;
}

interface Suggestion {
  label: string;
  street: string;
  lat: number | null;
  lon: number | null;
}

interface Located {
  inside: boolean;
  message: string;
}

const json = { headers: { Accept: "application/json" } };

export function picker(root: HTMLElement): void {
  const cfg = readConfig<PickerConfig>(root, "data-map-picker");
  const box = root.querySelector<HTMLElement>(".map");
  const latInput = root.querySelector<HTMLInputElement>("[data-map-lat]");
  const lonInput = root.querySelector<HTMLInputElement>("[data-map-lon]");
  const pin = root.querySelector<HTMLButtonElement>("[data-map-pin]");
  const status = root.querySelector<HTMLElement>("[data-map-status]");
  if (!cfg || !box || !latInput || !lonInput || !pin || !status) return;

  const base = baseMap(box, cfg);
  const overlay = new Overlay({ element: pin, positioning: "bottom-center", stopEvent: true });
  base.map.addOverlay(overlay);

  // ── the place ──
  let asked: AbortController | undefined;
  let timer: number | undefined;

  const say = (text: string, bad: boolean): void => {
    status.textContent = text;
    status.toggleAttribute("data-bad", bad);
  };

  /** What the page was sent with against the point is of the point before this one. */
  const forget = (): void => {
    document.getElementById(`${latInput.id}-e`)?.remove();
    status.closest(".fld")?.classList.remove("bad");
    for (const input of [latInput, lonInput]) {
      input.removeAttribute("aria-invalid");
      input.setAttribute("aria-describedby", `${latInput.id}-h`);
    }
  };

  const locate = async (lat: number, lon: number): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    try {
      const r = await fetch(`${cfg.locate}?lat=${lat.toFixed(6)}&lon=${lon.toFixed(6)}`, { ...json, signal: asked.signal });
      if (!r.ok) throw new Error(String(r.status));
      const p = (await r.json()) as Located;
      say(p.message, !p.inside);
      forget();
    } catch (e) {
      if (!(e instanceof DOMException && e.name === "AbortError")) say(word(cfg, "locate_failed"), false);
    }
  };

  /** Sets the pin. The fields change at once, the question to the server waits until the pin rests. */
  const place = (lat: number, lon: number, wait = 0): void => {
    pin.hidden = false;
    overlay.setPosition(at(lat, lon));
    latInput.value = lat.toFixed(6);
    lonInput.value = lon.toFixed(6);
    clearTimeout(timer);
    asked?.abort();
    timer = window.setTimeout(() => {
      lonInput.dispatchEvent(new Event("change", { bubbles: true }));
      void locate(lat, lon);
    }, wait);
  };

  const here = (): [number, number] | undefined => {
    const lat = parseFloat(latInput.value.replace(",", "."));
    const lon = parseFloat(lonInput.value.replace(",", "."));
    return Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 85 && Math.abs(lon) <= 180 ? [lat, lon] : undefined;
  };

  const placeAtPixel = (pixel: number[], wait = 0): void => {
    const c = base.map.getCoordinateFromPixel(pixel);
    if (!c) return;
    const [lon, lat] = toLonLat(c) as [number, number];
    place(lat, lon, wait);
  };

  const toCentre = (): void => {
    const c = base.view.getCenter();
    if (!c) return;
    const [lon, lat] = toLonLat(c) as [number, number];
    place(lat, lon);
  };

  const start = here();
  if (start) {
    pin.hidden = false;
    overlay.setPosition(at(...start));
    base.view.setCenter(at(...start));
  }

  // ── by hand on the map ──
  base.map.on("click", (e) => placeAtPixel(e.pixel));
  base.live.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.target !== base.live) return;
    e.preventDefault();
    toCentre();
    pin.focus({ preventScroll: true });
  });

  pin.addEventListener("keydown", (e) => {
    const step = e.shiftKey ? 40 : 8; // pixels: a house or a block at the usual zoom
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[e.key];
    const was = overlay.getPosition();
    if (!move || !was) return;
    // The map below would pan by the same key.
    e.preventDefault();
    e.stopPropagation();
    const p = base.map.getPixelFromCoordinate(was);
    const next = [(p[0] ?? 0) + (move[0] ?? 0), (p[1] ?? 0) + (move[1] ?? 0)];
    placeAtPixel(next, 350);
    const size = base.map.getSize() ?? [0, 0];
    const margin = 40;
    const out = (next[0] ?? 0) < margin || (next[1] ?? 0) < margin || (next[0] ?? 0) > (size[0] ?? 0) - margin || (next[1] ?? 0) > (size[1] ?? 0) - margin;
    const centre = overlay.getPosition();
    if (out && centre) base.view.setCenter(centre);
  });

  // Dragging is one of several ways (WCAG 2.2, 2.5.7): a click, the keys and the button do the same.
  let grip: [number, number] | undefined;
  pin.addEventListener("pointerdown", (e) => {
    const was = overlay.getPosition();
    if (!was) return;
    const p = base.map.getPixelFromCoordinate(was);
    const q = base.map.getEventPixel(e);
    grip = [(p[0] ?? 0) - (q[0] ?? 0), (p[1] ?? 0) - (q[1] ?? 0)];
    pin.setPointerCapture(e.pointerId);
    e.stopPropagation();
  });
  pin.addEventListener("pointermove", (e) => {
    if (!grip) return;
    const q = base.map.getEventPixel(e);
    placeAtPixel([(q[0] ?? 0) + grip[0], (q[1] ?? 0) + grip[1]], 350);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    pin.addEventListener(end, () => {
      grip = undefined;
    });
  }
  pin.addEventListener("click", (e) => e.preventDefault());

  // ── buttons and fields ──
  root.querySelector("[data-map-centre]")?.addEventListener("click", toCentre);
  root.querySelector("[data-map-here]")?.addEventListener("click", () => myPlace(cfg, base, place, say));
  const typed = (): void => {
    const p = here();
    if (p) {
      place(...p);
      base.go(...p);
    } else if (latInput.value.trim() === "" && lonInput.value.trim() === "") {
      pin.hidden = true;
      overlay.setPosition(undefined);
      say("", false);
    }
  };
  // Events that this file itself sends are not typed by anybody.
  latInput.addEventListener("change", (e) => e.isTrusted && typed());
  lonInput.addEventListener("change", (e) => e.isTrusted && typed());

  address(root, cfg, (s) => {
    if (s.lat !== null && s.lon !== null) {
      place(s.lat, s.lon);
      base.go(s.lat, s.lon, Math.max(base.view.getZoom() ?? 0, 16));
    } else {
      say(word(cfg, "no_point", { street: s.label }), false);
    }
  }, say);
}

function myPlace(cfg: MapConfig, base: BaseMap, place: (lat: number, lon: number) => void, say: (t: string, bad: boolean) => void): void {
  if (!("geolocation" in navigator)) {
    say(word(cfg, "geo_none"), false);
    return;
  }
  say(word(cfg, "geo_wait"), false);
  navigator.geolocation.getCurrentPosition(
    (p) => {
      place(p.coords.latitude, p.coords.longitude);
      base.go(p.coords.latitude, p.coords.longitude, 17);
    },
    (e) => say(word(cfg, e.code === e.PERMISSION_DENIED ? "geo_denied" : e.code === e.TIMEOUT ? "geo_timeout" : "geo_none"), false),
    { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
  );
}

let lists = 0;

/** The field of the address as a combobox (ARIA 1.2, list autocomplete with manual selection). */
function address(root: HTMLElement, cfg: PickerConfig, chosen: (s: Suggestion) => void, say: (t: string, bad: boolean) => void): void {
  const input = root.querySelector<HTMLInputElement>("[data-map-address]");
  if (!input) return;
  const id = `map-streets-${++lists}`;
  const list = make("ul", "map-suggest");
  list.id = id;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", word(cfg, "suggestions"));
  (input.closest("[data-map-combo]") ?? input.parentElement)?.append(list);
  input.autocomplete = "off";
  for (const [k, v] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) input.setAttribute(k, v);

  let found: Suggestion[] = [];
  let active = -1;
  let timer: number | undefined;
  let asked: AbortController | undefined;

  const mark = (i: number): void => {
    active = i;
    Array.from(list.children).forEach((li, k) => li.setAttribute("aria-selected", String(k === i)));
    if (i < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `${id}-${i}`);
      list.children[i]?.scrollIntoView({ block: "nearest" });
    }
  };
  const close = (): void => {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const choose = (s: Suggestion): void => {
    input.value = s.label;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
    chosen(s);
  };
  const show = (): void => {
    list.replaceChildren(
      ...found.map((s, i) => {
        const li = make("li", "", s.label);
        li.id = `${id}-${i}`;
        li.setAttribute("role", "option");
        li.setAttribute("aria-selected", "false");
        li.addEventListener("pointerdown", (e) => e.preventDefault()); // keeps the focus in the field
        li.addEventListener("click", () => choose(s));
        return li;
      }),
    );
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(-1);
  };
  const ask = async (): Promise<boolean> => {
    const q = input.value.trim();
    asked?.abort();
    if (q.length < 2) {
      found = [];
      return true;
    }
    asked = new AbortController();
    try {
      const r = await fetch(`${cfg.suggest}?q=${encodeURIComponent(q)}`, { ...json, signal: asked.signal });
      if (!r.ok) throw new Error(String(r.status));
      found = (await r.json()) as Suggestion[];
      return true;
    } catch {
      return false;
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      if (await ask()) show();
    }, 180);
  });
  input.addEventListener("keydown", (e) => {
    const open = !list.hidden;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      if (!open && e.key === "ArrowDown") {
        e.preventDefault();
        void ask().then((ok) => ok && show());
      } else if (open) {
        e.preventDefault();
        const n = found.length;
        mark(e.key === "ArrowDown" ? (active + 1) % n : (active <= 0 ? n : active) - 1);
      }
    } else if (e.key === "Escape" && open) {
      e.preventDefault();
      close();
    } else if (e.key === "Enter") {
      // In this field Enter finds the place; it must not send the form.
      e.preventDefault();
      const s = found[active];
      if (open && s) choose(s);
      else void find();
    }
  });
  input.addEventListener("blur", close);

  const find = async (): Promise<void> => {
    clearTimeout(timer);
    if (input.value.trim().length < 2) {
      input.focus();
      return;
    }
    if (!(await ask())) {
      say(word(cfg, "locate_failed"), false);
      return;
    }
    const first = found[0];
    if (first && (found.length === 1 || first.label.toLocaleLowerCase() === input.value.trim().toLocaleLowerCase())) choose(first);
    else if (first) {
      show();
      say(word(cfg, "choose", { n: found.length }), false);
      input.focus();
    } else say(word(cfg, "not_found"), false);
  };
  root.querySelector("[data-map-find]")?.addEventListener("click", (e) => {
    e.preventDefault();
    void find();
  });
}
