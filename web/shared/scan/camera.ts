/**
 * Reading codes from the camera's picture or a file: the browser's own BarcodeDetector where it is, else zxing-wasm, which is fetched from our own
 * address when a camera is first used and not before. Engines that may not compile wasm under our policy (before about
 * Chrome 97 and Safari 16) get an answer that says so: `old`.
 */
export type CameraFault = "none" | "refused" | "old" | "broken";

export class NoCamera extends Error {
  constructor(readonly fault: CameraFault) {
    super(fault);
  }
}

type Picture = HTMLVideoElement | HTMLCanvasElement;
/** Reads what is in a picture now; undefined where nothing is. */
export type Look = (picture: Picture) => Promise<string | undefined>;

interface Detector {
  detect(from: CanvasImageSource): Promise<readonly { readonly rawValue: string }[]>;
}
interface DetectorKind {
  new (options: { readonly formats: readonly string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

const FORMATS = ["qr_code", "data_matrix"] as const;
/** Wide enough for a version 7 symbol at arm's length, small enough for an old tablet. */
const WIDEST = 1280;
/** How wide a file's picture is looked at, one after the other: a dense code wants many dots, noise and moiré want few. */
const WIDTHS = [1600, 2800, 900] as const;

/** A way to read pictures. Throws NoCamera("old"). */
export async function reader(): Promise<Look> {
  const kind = (window as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
  if (kind) {
    const known = await kind.getSupportedFormats().catch((): readonly string[] => []);
    if (FORMATS.every((format) => known.includes(format))) {
      const detector = new kind({ formats: FORMATS });
      return async (picture) => (await detector.detect(picture))[0]?.rawValue;
    }
  }
  return byWasm();
}

async function byWasm(): Promise<Look> {
  // An empty module: tells whether wasm may be compiled here at all, before a megabyte is fetched for nothing.
  try {
    await WebAssembly.compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  } catch {
    throw new NoCamera("old");
  }
  const zxing = await import("./zxing");
  const read = await zxing.load();
  const canvas = document.createElement("canvas");
  return async (picture) => {
    if (picture instanceof HTMLCanvasElement) return read(pixels(picture));
    if (!picture.videoWidth) return undefined;
    draw(canvas, picture, picture.videoWidth, picture.videoHeight, WIDEST);
    return read(pixels(canvas));
  };
}

/** Draw a picture no wider than that. */
function draw(canvas: HTMLCanvasElement, picture: CanvasImageSource, width: number, height: number, widest: number): void {
  const scale = Math.min(1, widest / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
}

function pixels(canvas: HTMLCanvasElement): ImageData {
  const context = canvas.getContext("2d");
  if (!context) throw new NoCamera("old");
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** A file that this browser cannot show as a picture. */
export class NoPicture extends Error {}

/** What a picture file holds; undefined where no code is found in it. Throws NoPicture, NoCamera("old"). The file stays in this browser. */
export async function readPicture(file: Blob): Promise<string | undefined> {
  const look = await reader();
  const image = await opened(file);
  const canvas = document.createElement("canvas");
  for (const widest of WIDTHS) {
    draw(canvas, image, image.naturalWidth, image.naturalHeight, widest);
    const found = await look(canvas);
    if (found) return found;
  }
  return undefined;
}

function opened(file: Blob): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(file);
  return new Promise<HTMLImageElement>((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new NoPicture());
    image.src = address;
  }).finally(() => URL.revokeObjectURL(address));
}

/** The camera's picture, from the back of a tablet where there is one. Throws NoCamera. */
export async function openCamera(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new NoCamera("none");
  try {
    return await devices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: WIDEST } } });
  } catch (error) {
    throw new NoCamera((error as DOMException).name === "NotAllowedError" ? "refused" : "none");
  }
}
