/** Names of vaccines: the service's one list (`GET /v1/vaccines`), which the worker keeps for days without a network. */
import { useEffect, useState } from "preact/hooks";
import { get } from "../shared/api/client";
import { language } from "../shared/words";

const names = new Map<string, string>();
let asked: Promise<void> | undefined;

/** Fetch them once; without them codes stand in place of names. */
export function useVaccines(): void {
  const [, render] = useState(0);
  useEffect(() => {
    asked ??= get("/v1/vaccines").then(
      ({ vaccines }) => vaccines.forEach((one) => names.set(one.vaccine_code, language() === "zh" ? one.name : one.name_en)),
      () => {
        asked = undefined;
      },
    );
    void asked.then(() => render((n) => n + 1));
  }, []);
}

/** What is not listed has its name in the code already. */
export const nameOf = (vaccine: string): string => names.get(vaccine) ?? vaccine;
