// Maps that show and do not ask: one place, or the list of appeals with
// clusters, a callout, and links both ways between list and map.

import type { Coordinate } from "ol/coordinate";
import { createEmpty, extend } from "ol/extent";
import Feature from "ol/Feature";
import type Geometry from "ol/geom/Geometry";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import Overlay from "ol/Overlay";
import Cluster from "ol/source/Cluster";
import VectorSource from "ol/source/Vector";
import Style from "ol/style/Style";
import { baseMap, make, type MapConfig, readConfig, reducedMotion, word } from "./map-base";
import { at } from "./map-scheme";

/** One point of /map/points.json, a GeoJSON feature. */
interface PointFeature {
  geometry: { coordinates: [number, number] };
  properties: {
    number: string;
    title: string;
    state: "new" | "work" | "done" | "late";
    state_label: string;
    topic: string;
    address: string;
    at_label: string;
    url: string;
  };
}

interface ListConfig extends MapConfig {
  points: string;
  list: string;
  selected: string;
}

/** One place on a map that can be moved and enlarged; the pin stays where it is. */
export function view(box: HTMLElement): void {
  const cfg = readConfig<MapConfig>(box, "data-map-view");
  const pin = box.querySelector<HTMLElement>("[data-map-pin]");
  if (!cfg || !pin) return;
  const base = baseMap(box, cfg);
  pin.hidden = false;
  base.map.addOverlay(new Overlay({ element: pin, positioning: "bottom-center", stopEvent: false, position: at(cfg.lat, cfg.lon) }));
}

const colours: Record<string, string> = { new: "#4c5a73", work: "#1d4a94", done: "#056d13", late: "#b81a1a" };
const amber = "#e0a526";

/** Draws a pin or a cluster: shape, colour and glyph as in basemap/svg.go (shape). */
function drawPin(ctx: CanvasRenderingContext2D, x: number, y: number, ratio: number, state: string, count: number, lit: boolean): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(ratio, ratio);
  const rim = lit ? amber : "#ffffff";
  const body = colours[state] ?? "#1d4a94";
  const circle = (r: number, fill: string): void => {
    ctx.fillStyle = fill;
    ctx.beginPath();
    ctx.arc(0, 0, r, 0, 2 * Math.PI);
    ctx.fill();
  };
  const path = (d: string, fill: string): void => {
    ctx.fillStyle = fill;
    ctx.fill(new Path2D(d));
  };
  const square = (r: number, radius: number, fill: string): void => {
    ctx.fillStyle = fill;
    ctx.beginPath();
    ctx.roundRect(-r, -r, 2 * r, 2 * r, radius);
    ctx.fill();
  };
  if (count > 1) {
    const r = Math.min(14 + 1.1 * Math.sqrt(count), 24);
    circle(r + 3, rim);
    circle(r, "#1d4a94");
    ctx.fillStyle = "#ffffff";
    ctx.font = '600 13px "Inter Variable", system-ui, sans-serif';
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillText(String(count), 0, 0.5);
  } else if (state === "done") {
    square(13.5, 7, rim);
    square(11, 5, body);
    ctx.strokeStyle = "#ffffff";
    ctx.lineWidth = 2.2;
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.stroke(new Path2D("M-4 .2-1.2 3 4.2-3"));
  } else if (state === "late") {
    path("M0-16.5L16.5 0 0 16.5-16.5 0Z", rim);
    path("M0-13L13 0 0 13-13 0Z", body);
    path("M-1.2-5H1.2V1.4H-1.2ZM-1.3 3h2.6v2.6h-2.6Z", "#ffffff");
  } else {
    circle(13.5, rim);
    circle(11, body);
    if (state === "work") path("M-4.2-1.2H4.2V1.2H-4.2Z", "#ffffff");
    else circle(3.2, "#ffffff");
  }
  ctx.restore();
}

const members = (f: Feature<Geometry>): Feature<Point>[] => f.get("features") as Feature<Point>[];
const props = (f: Feature<Point>): PointFeature["properties"] => f.get("p") as PointFeature["properties"];

export function list(box: HTMLElement): void {
  const cfg = readConfig<ListConfig>(box, "data-map-list");
  if (!cfg) return;
  const base = baseMap(box, cfg);
  const source = new VectorSource<Feature<Point>>();
  const clusters = new Cluster({ source, distance: 40, minDistance: 24 });
  let selected = cfg.selected;
  let lit = ""; // the number under the pointer, in the list or on the map

  const pins = new VectorLayer({
    source: clusters,
    updateWhileAnimating: true,
    updateWhileInteracting: true,
    style: (f) => {
      const all = members(f as Feature<Geometry>);
      const on = all.some((m) => props(m).number === selected || props(m).number === lit);
      return new Style({
        zIndex: on ? 2 : all.length > 1 ? 1 : 0,
        renderer: (c, s) => {
          const [x, y] = c as Coordinate;
          drawPin(s.context, x ?? 0, y ?? 0, s.pixelRatio, props(all[0]!).state, all.length, on);
        },
      });
    },
  });
  base.map.addLayer(pins);

  const callout = make("div", "callout stack gap-s");
  callout.setAttribute("role", "group");
  const overlay = new Overlay({ element: callout, positioning: "bottom-center", offset: [0, -22], stopEvent: true, autoPan: { margin: 24, animation: { duration: reducedMotion() ? 0 : 200 } } });
  base.map.addOverlay(overlay);

  const items = (): HTMLElement[] => Array.from(document.querySelectorAll<HTMLElement>(`${cfg.list} [data-number]`));
  const itemOf = (number: string): HTMLElement | undefined => items().find((li) => li.dataset["number"] === number);

  const close = (): void => {
    selected = "";
    overlay.setPosition(undefined);
    items().forEach((li) => li.removeAttribute("data-sel"));
    pins.changed();
  };

  const select = (f: Feature<Point>, fromList: boolean): void => {
    const p = props(f);
    selected = p.number;
    const head = make("div", "row row-between nowr");
    const shut = make("button", "callout-x");
    shut.type = "button";
    shut.setAttribute("aria-label", word(cfg, "close"));
    shut.textContent = "×";
    shut.addEventListener("click", () => {
      close();
      base.live.focus({ preventScroll: true });
    });
    head.append(make("p", "small muted num", word(cfg, "number", { number: p.number })), shut);
    const title = make("p");
    if (p.url) {
      const a = make("a", "item-title", p.title);
      a.href = p.url;
      title.append(a);
    } else title.append(make("span", "item-title", p.title));
    const state = make("p", "small callout-state", p.state_label);
    state.dataset["k"] = p.state;
    callout.replaceChildren(head, title, state, make("p", "small muted", [p.address, p.at_label].filter(Boolean).join(", ")));
    callout.setAttribute("aria-label", p.title);
    overlay.setPosition(f.getGeometry()!.getCoordinates());
    for (const li of items()) li.toggleAttribute("data-sel", li.dataset["number"] === p.number);
    if (!fromList) itemOf(p.number)?.scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
    pins.changed();
  };

  /** The pin or cluster under a pixel, with room for a finger. */
  const under = (pixel: number[]): Feature<Geometry> | undefined => {
    const c = base.map.getCoordinateFromPixel(pixel);
    const res = base.view.getResolution();
    if (!c || !res) return undefined;
    let best: Feature<Geometry> | undefined;
    let near = 24 * res;
    const [x = 0, y = 0] = c;
    clusters.forEachFeatureInExtent([x - near, y - near, x + near, y + near], (f) => {
      const [fx = 0, fy = 0] = (f.getGeometry() as Point).getCoordinates();
      const d = Math.hypot(fx - x, fy - y);
      if (d < near) {
        near = d;
        best = f as Feature<Geometry>;
      }
    });
    return best;
  };

  base.map.on("click", (e) => {
    const f = under(e.pixel);
    if (!f) {
      close();
      return;
    }
    const all = members(f);
    const first = all[0]!;
    if (all.length === 1) {
      select(first, false);
      return;
    }
    const around = all.reduce((x, m) => extend(x, m.getGeometry()!.getExtent()), createEmpty());
    const zoom = base.view.getZoom() ?? 0;
    const apart = (around[2] ?? 0) - (around[0] ?? 0) + (around[3] ?? 0) - (around[1] ?? 0) > 20;
    if (zoom >= 18.5 || !apart) select(first, false); // many at one place: the list has them all
    else base.view.fit(around, { padding: [60, 60, 60, 60], maxZoom: Math.min(zoom + 3, 19), duration: reducedMotion() ? 0 : 250 });
  });
  base.map.on("pointermove", (e) => {
    if (e.dragging) return;
    const f = under(e.pixel);
    base.live.style.cursor = f ? "pointer" : "";
    const all = f ? members(f) : [];
    const number = all.length === 1 ? props(all[0]!).number : "";
    if (number !== lit) {
      lit = number;
      pins.changed();
    }
  });
  box.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && overlay.getPosition()) close();
  });

  // From the list to the map: hover and focus light the pin, «На мапі» opens it.
  const light = (e: Event): void => {
    const li = (e.target as Element).closest<HTMLElement>(`${cfg.list} [data-number]`);
    const number = li?.dataset["number"] ?? "";
    if (number !== lit) {
      lit = number;
      pins.changed();
    }
  };
  const holder = document.querySelector<HTMLElement>(cfg.list);
  holder?.addEventListener("pointerover", light);
  holder?.addEventListener("focusin", light);
  holder?.addEventListener("click", (e) => {
    const a = (e.target as Element).closest<HTMLElement>("a[data-map-show]");
    const f = a && source.getFeatures().find((x) => props(x).number === a.dataset["mapShow"]);
    if (!f) return;
    e.preventDefault();
    base.view.setCenter(f.getGeometry()!.getCoordinates());
    base.view.setZoom(Math.max(base.view.getZoom() ?? 0, 16));
    base.map.renderSync(); // the callout is fitted into what is drawn, not into what was
    select(f, true);
    if (box.getBoundingClientRect().top < 0) box.scrollIntoView({ block: "start" });
  });

  void fetch(cfg.points, { headers: { Accept: "application/json" } })
    .then((r) => (r.ok ? (r.json() as Promise<{ features: PointFeature[] }>) : { features: [] }))
    .then(({ features }) => {
      source.addFeatures(
        features.map((p) => {
          const [lon, lat] = p.geometry.coordinates;
          return new Feature({ geometry: new Point(at(lat, lon)), p: p.properties });
        }),
      );
      const f = source.getFeatures().find((x) => props(x).number === cfg.selected);
      if (f) select(f, false);
      else if (selected) selected = "";
    })
    .catch(() => undefined); // the list beside the map has the same appeals
}

