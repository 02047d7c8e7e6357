/** How large text is: kept on this phone, tells nothing of a person. */
const KEPT = "vaxcert.size";

export const isLarge = (): boolean => document.documentElement.dataset["size"] === "large";

export function setLarge(large: boolean): void {
  document.documentElement.dataset["size"] = large ? "large" : "normal";
  try {
    localStorage.setItem(KEPT, large ? "large" : "normal");
  } catch {
    // It holds until the page is left.
  }
}

/** As it was chosen last. */
export function restoreSize(): void {
  try {
    setLarge(localStorage.getItem(KEPT) === "large");
  } catch {
    setLarge(false);
  }
}
