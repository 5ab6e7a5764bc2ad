// The embedded scheme of the city as vector layers, in the colours of the look.
// The same picture is drawn by internal/platform/basemap/svg.go on the server.

import Feature from "ol/Feature";
import LineString from "ol/geom/LineString";
import MultiPolygon from "ol/geom/MultiPolygon";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import Fill from "ol/style/Fill";
import Stroke from "ol/style/Stroke";
import Style from "ol/style/Style";
import Text from "ol/style/Text";

/** A feature on the wire: whole 1e-5 degrees, differences after the first point (basemap/file.go). */
interface Wire {
  k: string;
  n?: string;
  c?: number[];
  l?: number[];
  a?: number[][][];
}

interface Palette {
  ground: string;
  settlement: string;
  neighbour: string;
  community: string;
  outline: string;
  district: string;
  casing: string;
  street: string;
  label: string;
  bigLabel: string;
  halo: string;
}

const light: Palette = {
  ground: "#e9eef4", settlement: "#dfe6ee", neighbour: "#d3dce7", community: "#f8fafc", outline: "#5879b0",
  district: "#8ea3c6", casing: "#c9d4e2", street: "#ffffff", label: "#4c5a73", bigLabel: "#5b6b87", halo: "#f8fafc",
};
const dark: Palette = {
  ground: "#111a29", settlement: "#172234", neighbour: "#223049", community: "#1a2538", outline: "#6f8fc4",
  district: "#4a6290", casing: "#121b2b", street: "#33435f", label: "#aeb9cc", bigLabel: "#9fb0cd", halo: "#1a2538",
};

const family = '"Inter Variable", system-ui, sans-serif';

const darkQuery = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is shown in the dark scheme now: by its own setting, else by that of the system. */
export function isDark(): boolean {
  const set = document.documentElement.dataset["colorScheme"];
  return set === "dark" || (set !== "light" && darkQuery.matches);
}

/** Calls back whenever the scheme of colours may have changed. */
export function onSchemeChange(fn: () => void): void {
  darkQuery.addEventListener("change", fn);
  new MutationObserver(fn).observe(document.documentElement, { attributeFilter: ["data-color-scheme"] });
}

/** Degrees to the coordinates of the map. */
export function at(lat: number, lon: number): [number, number] {
  return fromLonLat([lon, lat]) as [number, number];
}

function undelta(d: number[]): [number, number][] {
  const out: [number, number][] = [];
  let x = 0;
  let y = 0;
  for (let i = 0; i + 1 < d.length; i += 2) {
    x += d[i] ?? 0;
    y += d[i + 1] ?? 0;
    out.push(at(y / 1e5, x / 1e5));
  }
  return out;
}

function feature(w: Wire): Feature | undefined {
  if (w.c) return new Feature({ geometry: new Point(at((w.c[1] ?? 0) / 1e5, (w.c[0] ?? 0) / 1e5)), name: w.n, kind: w.k });
  if (w.l) return new Feature({ geometry: new LineString(undelta(w.l)), kind: w.k });
  if (w.a) return new Feature({ geometry: new MultiPolygon(w.a.map((p) => p.map(undelta))), name: w.n, kind: w.k });
  return undefined;
}

const loaded = new Map<string, Promise<Wire[]>>();

/** A file of the scheme, fetched once a page. A file that does not come leaves its part of the picture out. */
function load(url: string): Promise<Wire[]> {
  let p = loaded.get(url);
  if (!p) {
    p = fetch(url)
      .then((r) => (r.ok ? (r.json() as Promise<Wire[]>) : []))
      .catch(() => []);
    loaded.set(url, p);
  }
  return p;
}

/** The width of a street in pixels; the same curve as streetWidth in basemap/svg.go. */
function streetWidth(zoom: number): number {
  return Math.min(Math.max(1.6 * 1.55 ** (zoom - 11), 1.5), 16);
}

export interface Scheme {
  layers: VectorLayer[];
  /** Drawn below everything; the colour of the ground. */
  ground(): string;
  show(visible: boolean): void;
}

/** The scheme as layers that fill themselves when the files arrive. */
export function scheme(osmURL: string, streetsURL: string, zoomOf: (resolution: number) => number): Scheme {
  const palette = (): Palette => (isDark() ? dark : light);
  const source = new VectorSource();
  const labels = new VectorSource();

  const areas = new VectorLayer({
    source,
    updateWhileAnimating: true,
    updateWhileInteracting: true,
    style: (f, resolution) => {
      const p = palette();
      switch (f.get("kind")) {
        case "settlement":
          return new Style({ fill: new Fill({ color: p.settlement }), zIndex: 1 });
        case "neighbour":
          return new Style({ stroke: new Stroke({ color: p.neighbour, width: 1 }), zIndex: 2 });
        case "community":
          return [
            new Style({ fill: new Fill({ color: p.community }), zIndex: 3 }),
            new Style({ stroke: new Stroke({ color: p.outline, width: 1.5, lineJoin: "round" }), zIndex: 7 }),
          ];
        case "district":
          return new Style({ stroke: new Stroke({ color: p.district, width: 1, lineDash: [4, 4] }), zIndex: 4 });
        case "street": {
          const w = streetWidth(zoomOf(resolution));
          return [
            new Style({ stroke: new Stroke({ color: p.casing, width: w + 2, lineCap: "round", lineJoin: "round" }), zIndex: 5 }),
            new Style({ stroke: new Stroke({ color: p.street, width: w, lineCap: "round", lineJoin: "round" }), zIndex: 6 }),
          ];
        }
        default:
          return undefined;
      }
    },
  });

  const names = new VectorLayer({
    source: labels,
    declutter: true,
    updateWhileAnimating: true,
    updateWhileInteracting: true,
    style: (f, resolution) => {
      const p = palette();
      const zoom = zoomOf(resolution);
      const kind = f.get("kind") as string;
      const big = kind === "district";
      const street = kind === "label";
      if (big ? zoom < 11.5 || zoom >= 14.5 : street ? zoom < 14.8 : zoom >= 16) return undefined;
      const name = String(f.get("name") ?? "");
      return new Style({
        zIndex: big ? 2 : street ? 0 : 1,
        text: new Text({
          text: big ? name.toUpperCase() : name,
          font: `${big ? "600 14px" : street ? "500 12px" : "500 13px"} ${family}`,
          fill: new Fill({ color: big ? p.bigLabel : p.label }),
          stroke: new Stroke({ color: p.halo, width: 4, lineJoin: "round" }),
          padding: [6, 8, 6, 8],
        }),
      });
    },
  });

  const named = new Map<string, number[][]>();
  const fill = (ws: Wire[]): void => {
    for (const w of ws) {
      const f = feature(w);
      if (!f) continue;
      const g = f.getGeometry();
      if (g instanceof Point) {
        // The register of stops names a street many times; once in a few blocks is enough.
        const c = g.getCoordinates();
        const near = (named.get(w.n ?? "") ?? []).some((o) => Math.hypot((o[0] ?? 0) - (c[0] ?? 0), (o[1] ?? 0) - (c[1] ?? 0)) < 700);
        if (near) continue;
        named.set(w.n ?? "", [...(named.get(w.n ?? "") ?? []), c]);
        labels.addFeature(f);
        continue;
      }
      source.addFeature(f);
      if (w.k === "district" && g instanceof MultiPolygon) {
        const inner = g.getInteriorPoints().getFirstCoordinate();
        labels.addFeature(new Feature({ geometry: new Point([inner[0] ?? 0, inner[1] ?? 0]), name: w.n, kind: w.k }));
      }
    }
  };
  void load(osmURL).then(fill);
  void load(streetsURL).then(fill);

  // The canvas does not ask for web fonts by itself: both scripts are fetched before the names are final.
  void Promise.all(["500 13px", "600 14px"].map((f) => document.fonts.load(`${f} ${family}`, "Жж Aa"))).then(() => names.changed());

  return {
    layers: [areas, names],
    ground: () => palette().ground,
    show: (visible) => {
      areas.setVisible(visible);
      names.setVisible(visible);
    },
  };
}
