/** Lists that come page by page: the first as `useLoad` reads it, the others when they are asked for. */
import { useState } from "preact/hooks";
import { useAct, type Act } from "../ui/act";
import { useLoad, type Loaded } from "./load";

interface Page {
  readonly next_cursor?: string | null;
}

export interface Pages<A> extends Loaded<A> {
  /** As many pages as were asked for, the first of them first. */
  readonly pages: readonly A[];
  /** Reads the next page; undefined where there is none. */
  readonly more: (() => void) | undefined;
  readonly asking: Act;
}

export function usePages<A extends Page>(name: string, read: (cursor: string | undefined) => Promise<A>): Pages<A> {
  const first = useLoad(name, () => read(undefined));
  const asking = useAct();
  const [later, keep] = useState<{ after?: A; pages: readonly A[] }>({ pages: [] });
  const pages = first.data ? [first.data, ...(later.after === first.data ? later.pages : [])] : [];
  const cursor = pages[pages.length - 1]?.next_cursor;
  const after = first.data;
  const more =
    cursor && after
      ? (): void => asking.run(async () => keep({ after, pages: [...pages.slice(1), await read(cursor)] }))
      : undefined;
  return { ...first, pages, more, asking };
}
