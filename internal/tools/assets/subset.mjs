// Cuts fonts down to what their @font-face says: reads a list of faces as JSON
// from standard input and writes the fonts, base64 by path, to standard output.
import { readFileSync } from "node:fs";
import subset from "subset-font";

const faces = JSON.parse(readFileSync(0, "utf8"));
const out = {};
for (const { file, ranges, weights, features } of faces) {
  let text = "";
  for (const [from, to] of ranges) for (let c = from; c <= to; c++) text += String.fromCodePoint(c);
  const variationAxes = weights ? { wght: { min: weights[0], max: weights[1] } } : undefined;
  const font = await subset(readFileSync(`node_modules/${file}`), text, { targetFormat: "woff2", keepFeatures: features, variationAxes });
  out[file] = font.toString("base64");
}
process.stdout.write(JSON.stringify(out));
