/** Words of one screen alone, a file beside the scripts: fetched when the screen opens, so that nobody loads what few read. */
import { useLoad, type Loaded } from "../shared/api/load";
import { unreachable } from "../shared/api/problem";

/** What stands at `address`, an asset of ours; it is asked for once. */
export const useTexts = <T>(address: string): Loaded<T> =>
  useLoad(
    address,
    () =>
      fetch(address)
        .then((answer) => answer.json() as Promise<T>)
        .catch(() => {
          throw unreachable(false);
        }),
    { again: false },
  );

/** A text with its `{places}` filled in: limits, dates and cities are settings (D18). */
export const filled = (text: string, values: Readonly<Record<string, string | number>>): string => text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
