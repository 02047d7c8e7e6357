/** What a page's start script has asked for before the page's own script was there (family/early.ts). */
export interface Early {
  readonly address: string;
  /** Whose answer it is. */
  readonly token: string;
  readonly answer: Promise<Response>;
}

declare global {
  interface Window {
    vaxcertEarly?: Early | undefined;
  }
}

/** The answer that is on its way already, if the page's first call is the one that was asked for. It counts once. */
export function taken(method: string, address: string, token: string | undefined): Promise<Response> | undefined {
  const early = window.vaxcertEarly;
  window.vaxcertEarly = undefined;
  return method === "get" && early && early.address === address && early.token === token ? early.answer : undefined;
}
