/** 我的个人信息: all that is held about the caller, to look at and to keep as a file (D22; PIPL 45). */
import { get } from "../../shared/api/client";
import { useLoad } from "../../shared/api/load";
import { day, moment, today } from "../../shared/dates";
import { Button, Empty, Facts, Notice, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { Failure } from "../failure";
import { relationOf } from "../relations";
import { useTexts } from "../texts";
import en from "../texts/my-data.en.json?url";
import zh from "../texts/my-data.zh.json?url";

type Entry = Readonly<Record<string, unknown>>;
type Named = Readonly<Record<string, string>>;

export interface MyDataWords {
  readonly text: string;
  readonly download: string;
  readonly warn: string;
  readonly partly: string;
  readonly nothing: string;
  /** In the order in which they are shown. */
  readonly sections: Named;
  readonly fields: Named;
  readonly values: Named;
}

const w = words({ title: "我的个人信息", address: zh }, { title: "My information", address: en });

export default function MyData() {
  const { data, problem, loading, reload } = useLoad("my-data", () => get("/v1/my-data"));
  const texts = useTexts<MyDataWords>(w().address);
  const said = texts.data;
  const failed = problem ?? texts.problem;
  const again = (): void => {
    if (problem) reload();
    if (texts.problem) texts.reload();
  };
  const listed = Object.keys(said?.sections ?? {})
    .map((id) => [id, ((data as Entry | undefined)?.[id] ?? []) as readonly Entry[]] as const)
    .filter(([, entries]) => entries.length);
  return (
    <Screen title={w().title} foot={data && said && <Button onClick={() => save(data)}>{said.download}</Button>}>
      {failed && <Failure problem={failed} onRetry={again} />}
      {!(data && said) && (loading || texts.loading) && <Skeleton />}
      {data && said && (
        <>
          <p class="quiet">{said.text}</p>
          {!listed.length && <Empty icon="shield" title={said.nothing} />}
          {!data.complete && <Notice tone="warn">{said.partly}</Notice>}
          {listed.map(([id, entries]) => (
            <section key={id} class="stack" aria-labelledby={`data-${id}`}>
              <h2 id={`data-${id}`} class="card-title">
                {said.sections[id]}（{entries.length}）
              </h2>
              {entries.map((entry, n) => (
                <div key={n} class="card">
                  <Facts of={factsOf(entry, said)} />
                </div>
              ))}
            </section>
          ))}
          <Notice tone="warn">{said.warn}</Notice>
        </>
      )}
    </Screen>
  );
}

/** What people can read: no opaque ids, nothing empty, what lies deeper beside it. */
function factsOf(entry: Entry, said: MyDataWords): [string, string][] {
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(entry)) {
    const label = said.fields[name];
    if (value === null || value === "" || value === undefined) continue;
    if (Array.isArray(value)) {
      if (label && value.length) found.push([label, value.map((one) => valueOf(name, String(one), said)).join("、")]);
    } else if (typeof value === "object") found.push(...factsOf(value as Entry, said));
    else if (label) found.push([label, valueOf(name, typeof value === "string" ? value : JSON.stringify(value), said)]);
  }
  return found;
}

function valueOf(name: string, value: string, said: MyDataWords): string {
  if (name === "relation") return relationOf(value);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return moment(value);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return name === "version" ? value : day(value);
  return said.values[value] ?? value;
}

/** A file of this phone, made here: it never stands in an address or a cache. */
function save(data: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `vaxcert-${today()}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
