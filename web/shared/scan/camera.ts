/**
 * Reading codes by the camera: the browser's own BarcodeDetector where it is, else zxing-wasm, which is fetched from our own
 * address when a camera is first used and not before. Engines that may not compile wasm under our policy (before about
 * Chrome 97 and Safari 16) get an answer that says so: `old`.
 */
export type CameraFault = "none" | "refused" | "old" | "broken";

export class NoCamera extends Error {
  constructor(readonly fault: CameraFault) {
    super(fault);
  }
}

/** Reads what is in a picture now; undefined where nothing is. */
export type Look = (video: HTMLVideoElement) => Promise<string | undefined>;

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

/** A way to read pictures. Throws NoCamera("old"). */
export async function reader(): Promise<Look> {
  const kind = (window as { BarcodeDetector?: DetectorKind }).BarcodeDetector;
  if (kind) {
    const known = await kind.getSupportedFormats().catch((): readonly string[] => []);
    if (FORMATS.every((format) => known.includes(format))) {
      const detector = new kind({ formats: FORMATS });
      return async (video) => (await detector.detect(video))[0]?.rawValue;
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
  const context = canvas.getContext("2d");
  if (!context) throw new NoCamera("old");
  return async (video) => {
    if (!video.videoWidth) return undefined;
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    return read(context.getImageData(0, 0, canvas.width, canvas.height));
  };
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
