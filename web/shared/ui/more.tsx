import { words } from "../words";
import type { Act } from "./act";
import { Button, ErrorBox } from "./parts";

const w = words({ more: "加载更多" }, { more: "Show more" });

/** The next page of a list, where there is one. */
export function More({ of: { more, asking } }: { of: { readonly more: (() => void) | undefined; readonly asking: Act } }) {
  if (!more) return null;
  return (
    <>
      {asking.problem && <ErrorBox problem={asking.problem} />}
      <Button kind="plain" busy={asking.busy} onClick={more}>
        {w().more}
      </Button>
    </>
  );
}
