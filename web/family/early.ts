/**
 * A part of the start script (tools/build.mjs): asks for the lists of the first screen while the page's script is still on its way, which
 * saves a slow line a round trip. Only where somebody is verified, and letter for letter as `call` asks (early.test.ts).
 */
import type { Early } from "../shared/api/early";

try {
  const { token, expires_at } = JSON.parse(sessionStorage.getItem("vaxcert.session") as string) as { token: string; expires_at: string };
  if (Date.parse(expires_at) > Date.now() && !location.search && /^(#\/home)?$/.test(location.hash)) {
    const address = "../v1/certificates";
    const language = localStorage.getItem("vaxcert.language") === "en" ? "en" : "zh-CN";
    const headers = { Accept: "application/json", "Accept-Language": language, Authorization: `Bearer ${token}` };
    const answer = fetch(address, { method: "GET", headers, credentials: "omit", cache: "no-store", redirect: "error" });
    answer.catch(() => undefined); // told where it is used
    window.vaxcertEarly = { address, token, answer } satisfies Early;
  }
} catch {
  // nobody is verified, or a browser that keeps nothing
}
