/**
 * The page without a network (D20). Kept are this page's own files, the keys of documents and the names of vaccines. Nothing of a person
 * can be: what the code says never reaches a worker, and the status of a document is asked past it. tools/build.mjs fills in the files.
 */
interface Extendable extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(kind: "install" | "activate", act: (event: Extendable) => void): void;
  addEventListener(kind: "fetch", act: (event: Fetching) => void): void;
}

declare const FILES: readonly string[];
declare const VERSION: string;

const worker = self as unknown as Worker;
const CACHE = `vaxcert-check-${VERSION}`;
/** The stage's root: this file lies in check/ below it. */
const ROOT = new URL("../", worker.location.href).href;
const PAGE = `${ROOT}check/`;
const DATA: readonly string[] = [`${ROOT}v1/document-keys`, `${ROOT}v1/vaccines`];
const PATIENCE_MS = 4000;

worker.addEventListener("install", (event) => {
  const fill = async (): Promise<void> => {
    const cache = await caches.open(CACHE);
    await cache.addAll([PAGE].concat(FILES.map((file) => `${ROOT}assets/${file}`)));
    // The page asks for these again; a first visit that ends early has them all the same.
    await Promise.all(DATA.map((address) => fresh(address, new Request(address)).catch(() => undefined)));
    await worker.skipWaiting();
  };
  event.waitUntil(fill());
});

worker.addEventListener("activate", (event) => {
  const tidy = async (): Promise<void> => {
    const old = (await caches.keys()).filter((name) => name.startsWith("vaxcert-check-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  // Addresses are compared and kept without what stands behind ? and #.
  const address = (request.url.split("#")[0] ?? "").split("?")[0] ?? "";
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && (address === PAGE || address === `${PAGE}index.html`)) event.respondWith(newest(PAGE, new Request(PAGE)));
  else if (DATA.includes(address)) event.respondWith(newest(address, request));
  else if (address.startsWith(`${ROOT}assets/`)) event.respondWith(asset(address, request));
});

/** From the network if it answers soon, else what is kept. */
async function newest(address: string, request: Request): Promise<Response> {
  const asked = fresh(address, request);
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS));
  const answer = await Promise.race([asked, late]).catch(() => undefined);
  if (answer?.ok) return answer;
  return (await kept(address)) ?? answer ?? asked;
}

async function fresh(address: string, request: Request): Promise<Response> {
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) await keep(address, answer.clone()).catch(() => undefined); // a browser that is full
  return answer;
}

async function keep(address: string, answer: Response): Promise<void> {
  await (await caches.open(CACHE)).put(address, DATA.includes(address) ? await asKept(answer) : answer);
}

/** Without its time, which would be taken for the service's clock, and marked for what it is. */
async function asKept(answer: Response): Promise<Response> {
  return new Response(await answer.text(), { headers: { "Content-Type": answer.headers.get("Content-Type") ?? "", "X-Kept": "1" } });
}

/** Names hold a hash: what is kept is what is wanted. */
async function asset(address: string, request: Request): Promise<Response> {
  return (await kept(address)) ?? fresh(address, request);
}

const kept = async (address: string): Promise<Response | undefined> => (await caches.open(CACHE)).match(address, { ignoreVary: true });
