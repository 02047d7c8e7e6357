// How many frames zxing-wasm reads, as the pages read them: `node bench/zxing_frames.mjs FOLDER`.
// FOLDER holds frames.json ([{file, width, height, text}]) and each frame's grey bytes. Answers {"read", "ms", "wrong"} as JSON.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "web", "package.json"));
const { prepareZXingModule, readBarcodes } = await import(pathToFileURL(require.resolve("zxing-wasm/reader")));
const wasmBinary = (await readFile(require.resolve("zxing-wasm/reader/zxing_reader.wasm"))).buffer;
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });

const folder = process.argv[2];
let read = 0;
let wrong = 0;
let ms = 0;
for (const frame of JSON.parse(await readFile(join(folder, "frames.json"), "utf8"))) {
  const grey = await readFile(join(folder, frame.file));
  const data = new Uint8ClampedArray(grey.length * 4);
  for (let place = 0; place < grey.length; place += 1) {
    data.fill(grey[place], place * 4, place * 4 + 3);
    data[place * 4 + 3] = 255;
  }
  const picture = { data, width: frame.width, height: frame.height, colorSpace: "srgb" };
  const start = performance.now();
  const found = await readBarcodes(picture, { formats: ["QRCode", "DataMatrix"], maxNumberOfSymbols: 1 });
  ms += performance.now() - start;
  if (found[0]?.isValid) {
    if (found[0].text === frame.text) read += 1;
    else wrong += 1;
  }
}
console.log(JSON.stringify({ read, wrong, ms }));
