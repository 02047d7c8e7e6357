/** What somebody means to do once, however often it is sent: one `Idempotency-Key`, kept for every retry (invariant 4). */
export class Intention {
  private made: { readonly body: string; readonly key: string } | undefined;

  /** The key for a body: the same as before for the same body, since another body under it would be refused. */
  keyFor(body: unknown): string {
    const text = JSON.stringify(body);
    if (this.made?.body !== text) this.made = { body: text, key: freshKey() };
    return this.made.key;
  }

  /** It is done: the same body means something new from now on. */
  done(): void {
    this.made = undefined;
  }
}

function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
