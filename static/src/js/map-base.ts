// What every map of the portal has: the scheme, the configured raster layers
// with their switcher, zoom buttons, the attribution, a keyboard.

import DragPan from "ol/interaction/DragPan";
import DoubleClickZoom from "ol/interaction/DoubleClickZoom";
import KeyboardPan from "ol/interaction/KeyboardPan";
import KeyboardZoom from "ol/interaction/KeyboardZoom";
import MouseWheelZoom from "ol/interaction/MouseWheelZoom";
import PinchZoom from "ol/interaction/PinchZoom";
import { focusWithTabindex } from "ol/events/condition";
import TileLayer from "ol/layer/Tile";
import OLMap from "ol/Map";
import { get as getProjection } from "ol/proj";
import { getTopLeft, getWidth } from "ol/extent";
import TileWMS from "ol/source/TileWMS";
import WMTS from "ol/source/WMTS";
import XYZ from "ol/source/XYZ";
import WMTSTileGrid from "ol/tilegrid/WMTS";
import View from "ol/View";
import { at, onSchemeChange, scheme } from "./map-scheme";

/** A raster layer of the configuration (basemap.Layer in Go). */
export interface LayerConfig {
  id: string;
  kind: "xyz" | "wms" | "wmts";
  title: string;
  url: string;
  attribution: string;
  layers?: string;
  matrix_set?: string;
  matrix_prefix?: string;
  style?: string;
  format?: string;
  min_zoom?: number;
  max_zoom?: number;
}

/** What the server tells a map, in one data attribute (ui.MapConfig in Go). */
export interface MapConfig {
  osm: string;
  streets: string;
  layers?: LayerConfig[];
  lat: number;
  lon: number;
  zoom: number;
  label: string;
  words: Record<string, string>;
}

export const reducedMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The words of the page, in its language; a key without a word shows itself. */
export function word(cfg: MapConfig, key: string, args: Record<string, string | number> = {}): string {
  let s = cfg.words[key] ?? key;
  for (const [k, v] of Object.entries(args)) s = s.replaceAll(`{${k}}`, String(v));
  return s;
}

export function readConfig<T extends MapConfig>(el: HTMLElement, attr: string): T | undefined {
  try {
    return JSON.parse(el.getAttribute(attr) ?? "") as T;
  } catch {
    return undefined;
  }
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className = "", text = ""): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text) el.textContent = text;
  return el;
}

function rasterSource(l: LayerConfig): XYZ | TileWMS | WMTS {
  const format = l.format ?? "image/png";
  if (l.kind === "wms") {
    return new TileWMS({ url: l.url, params: { LAYERS: l.layers ?? "", STYLES: l.style ?? "", FORMAT: format, TILED: true } });
  }
  if (l.kind === "wmts") {
    const projection = getProjection("EPSG:3857")!;
    const extent = projection.getExtent();
    const levels = Array.from({ length: (l.max_zoom ?? 19) + 1 }, (_, z) => z);
    return new WMTS({
      url: l.url, layer: l.layers ?? "", matrixSet: l.matrix_set ?? "", format, style: l.style ?? "default", projection,
      requestEncoding: l.url.includes("{") ? "REST" : "KVP",
      tileGrid: new WMTSTileGrid({
        origin: getTopLeft(extent),
        resolutions: levels.map((z) => getWidth(extent) / 256 / 2 ** z),
        matrixIds: levels.map((z) => (l.matrix_prefix ?? "") + z),
      }),
    });
  }
  return new XYZ({ url: l.url, minZoom: l.min_zoom ?? 0, maxZoom: l.max_zoom ?? 19 });
}

export interface BaseMap {
  map: OLMap;
  view: View;
  live: HTMLElement;
  /** Moves the centre, gently unless the person wants no motion. */
  go(lat: number, lon: number, zoom?: number): void;
}

/** Puts a live map over the picture that the server drew into box (an element .map). */
export function baseMap(box: HTMLElement, cfg: MapConfig): BaseMap {
  const live = make("div", "map-live");
  live.tabIndex = 0;
  live.setAttribute("role", "application");
  live.setAttribute("aria-label", `${cfg.label}. ${word(cfg, "keys")}`);
  box.prepend(live);

  const view = new View({
    center: at(cfg.lat, cfg.lon), zoom: cfg.zoom, minZoom: 10, maxZoom: 19, enableRotation: false,
    extent: [...at(50.1, 28.35), ...at(50.45, 29.05)], constrainOnlyCenter: true, smoothResolutionConstraint: false,
  });
  const city = scheme(cfg.osm, cfg.streets, (r) => view.getZoomForResolution(r) ?? cfg.zoom);
  const raster = new TileLayer({ visible: false });
  const duration = reducedMotion() ? 0 : 150;
  const map = new OLMap({
    target: live,
    view,
    controls: [],
    interactions: [
      new DragPan(), new DoubleClickZoom({ duration }), new PinchZoom({ duration }),
      new KeyboardPan({ duration }), new KeyboardZoom({ duration }),
      // A page must scroll under the wheel: the map takes it only when it has the focus.
      new MouseWheelZoom({ duration, condition: focusWithTabindex }),
    ],
    layers: [raster, ...city.layers],
  });
  // A click focuses the map for its keys; the ring is for those who came by keyboard.
  live.addEventListener("pointerdown", () => {
    live.setAttribute("data-pointer", "");
    live.focus({ preventScroll: true });
  });
  for (const end of ["keydown", "blur"]) live.addEventListener(end, () => live.removeAttribute("data-pointer"));

  const paint = (): void => {
    live.style.backgroundColor = city.ground();
    city.layers.forEach((l) => l.changed());
  };
  paint();
  onSchemeChange(paint);
  map.once("rendercomplete", () => box.setAttribute("data-live", ""));

  for (const b of box.querySelectorAll<HTMLElement>("[data-map-zoom]")) {
    b.addEventListener("click", (e) => {
      e.preventDefault();
      const z = (view.getZoom() ?? cfg.zoom) + (b.dataset["mapZoom"] === "in" ? 1 : -1);
      view.animate({ zoom: view.getConstrainedZoom(z) ?? z, duration });
    });
  }
  // Tools that need this script stay hidden until it is here.
  for (const el of (box.closest("[data-map-picker]") ?? box).querySelectorAll<HTMLElement>("[data-map-js]")) el.hidden = false;
  if (cfg.layers && cfg.layers.length > 0) box.append(switcher(box, cfg, cfg.layers, city.show, raster));

  return {
    map, view, live,
    go: (lat, lon, zoom) => view.animate({ center: at(lat, lon), ...(zoom === undefined ? {} : { zoom }), duration: reducedMotion() ? 0 : 250 }),
  };
}

let switchers = 0;

function switcher(box: HTMLElement, cfg: MapConfig, layers: LayerConfig[], showScheme: (v: boolean) => void, raster: TileLayer): HTMLElement {
  const attribution = box.querySelector<HTMLElement>(".map-attr");
  const own = attribution?.textContent ?? "";
  const choose = (id: string): void => {
    const l = layers.find((x) => x.id === id);
    showScheme(!l);
    raster.setVisible(Boolean(l));
    if (l) raster.setSource(rasterSource(l));
    if (attribution) attribution.textContent = l ? l.attribution : own;
  };
  const group = `map-layer-${++switchers}`;
  const details = make("details", "map-layers noprint");
  details.append(make("summary", "", word(cfg, "layers")));
  const set = make("fieldset");
  set.append(make("legend", "ds-sr-only", word(cfg, "layers")));
  for (const [id, title] of [["", word(cfg, "scheme")], ...layers.map((l) => [l.id, l.title])] as [string, string][]) {
    const label = make("label");
    const input = make("input", "ds-input");
    input.type = "radio";
    input.name = group;
    input.checked = id === "";
    // The switcher may stand inside the form of a page; its choice is not an answer of that form.
    input.setAttribute("form", "");
    input.addEventListener("change", () => choose(id));
    label.append(input, make("span", "", title));
    set.append(label);
  }
  details.append(set);
  return details;
}
