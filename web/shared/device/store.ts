/**
 * What a device keeps in its browser (IndexedDB): its key, which never leaves, its enrolment, the offline pack, and scans that
 * wait for the line. Nothing of a person: codes carry no name (D8), and they go once they are handed in.
 */
export type Shelf = "device" | "scans";

const NAME = "vaxcert-device";
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("device");
      request.result.createObjectStore("scans");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => {
      opened = undefined;
      reject(request.error ?? new Error("no storage"));
    };
  });
  return opened;
}

async function done<T>(shelf: Shelf, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const store = (await open()).transaction(shelf, mode);
  return new Promise((resolve, reject) => {
    const request = ask(store.objectStore(shelf));
    const fail = (): void => reject(request.error ?? store.error ?? new Error("not kept"));
    // A write counts once its transaction is on disk.
    if (mode === "readonly") request.onsuccess = () => resolve(request.result);
    else store.oncomplete = () => resolve(request.result);
    store.onerror = fail;
    store.onabort = fail;
  });
}

export const kept = <T>(shelf: Shelf, name: string): Promise<T | undefined> => done(shelf, "readonly", (store) => store.get(name) as IDBRequest<T | undefined>);
export const keep = (shelf: Shelf, name: string, value: unknown): Promise<unknown> => done(shelf, "readwrite", (store) => store.put(value, name));
export const drop = (shelf: Shelf, name: string): Promise<unknown> => done(shelf, "readwrite", (store) => store.delete(name));
export const all = <T>(shelf: Shelf): Promise<readonly T[]> => done(shelf, "readonly", (store) => store.getAll() as IDBRequest<T[]>);
