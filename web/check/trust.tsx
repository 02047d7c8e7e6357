/** What the verdict stands on, for whoever wants to know. */
import { moment } from "../shared/dates";
import { Facts } from "../shared/ui/parts";
import { knownKeys } from "./keys";
import { w } from "./words";

export function Trust() {
  const keys = knownKeys();
  return (
    <section class="card">
      <details>
        <summary class="summary">{w().trust}</summary>
        <div class="stack">
          <p>{w().trustText}</p>
          {keys ? (
            <Facts
              of={[
                [w().rootKey, <span class="said-code">{keys.root}</span>],
                [w().keysSigned, moment(new Date(keys.signedAt).toISOString()) + (keys.kept ? w().keysKept : "")],
              ]}
            />
          ) : (
            <p class="quiet">{w().noKeysYet}</p>
          )}
        </div>
      </details>
    </section>
  );
}
