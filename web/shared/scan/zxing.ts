/** zxing-wasm, served by us and loaded when a camera is first used. Its own file, so that no page carries it. */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

/** Fetch and compile it; what it answers reads one picture. */
export async function load(): Promise<(picture: ImageData) => Promise<string | undefined>> {
  // By this type the gateway knows that the answer is binary.
  const answer = await fetch(wasm, { headers: { Accept: "application/wasm" }, credentials: "omit" });
  if (!answer.ok) throw new Error("not served");
  await prepareZXingModule({ overrides: { wasmBinary: await answer.arrayBuffer() }, fireImmediately: true });
  return async (picture) => {
    const found = await readBarcodes(picture, { formats: ["QRCode", "DataMatrix"], maxNumberOfSymbols: 1 });
    return found[0]?.isValid ? found[0].text : undefined;
  };
}
