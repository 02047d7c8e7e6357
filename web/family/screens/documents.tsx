/** 打印与查验 (D20, R29-R33): papers for another province and for school, issued, printed, and what is still true of them. For holder and delegates. */
import { useEffect, useRef, useState } from "preact/hooks";
import { call, file, get, type Answer } from "../../shared/api/client";
import { Intention } from "../../shared/api/intention";
import { forget } from "../../shared/api/load";
import { usePages } from "../../shared/api/pages";
import { day, moment } from "../../shared/dates";
import { type Params } from "../../shared/router";
import { useAct } from "../../shared/ui/act";
import { Tick } from "../../shared/ui/field";
import { More } from "../../shared/ui/more";
import { Button, Facts, Notice, Skeleton, Tag } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Sheet } from "../../shared/ui/sheet";
import { words } from "../../shared/words";
import { Failure } from "../failure";
import { useCertificate } from "../overview";
import { useTexts } from "../texts";
import en from "../texts/documents.en.json?url";
import zh from "../texts/documents.zh.json?url";
import { Whose } from "../whose";
import { service } from "../words";

const ROUTE = "/v1/certificates/{certificate_id}/documents";
type Paper = Answer<typeof ROUTE>["documents"][number];

/** What it is for, what it is not, and what is to be done: too long to be loaded by everybody. */
export interface PaperWords {
  readonly child: string;
  readonly adult: string;
  readonly uses: Readonly<Record<Paper["kind"], string>>;
  readonly check: string;
  readonly next: Readonly<Record<"superseded" | "withdrawn", string>>;
  readonly size: string;
  readonly care: string;
}

const KINDS = ["record", "school_entry"] as const;
const SIZES = ["a4", "a5"] as const;
const TONES = { current: "good", superseded: "warn", withdrawn: "bad" } as const;

const w = words(
  {
    address: zh,
    not: "文书不替代纸质接种证",
    kinds: { record: "接种记录", school_entry: "入托、入学查验" },
    english: "附英文对照",
    issue: (what: string) => `出具${what}`,
    issued: "已出具",
    check: "怎样核验",
    site: "请认准核验页网址",
    list: "已出具的文书",
    none: "还没有出具过。",
    status: { current: "有效", superseded: "已有更新", withdrawn: "已作废" },
    at: "出具时间",
    asOf: "数据截至",
    language: "语言",
    languages: { zh: "中文", "zh-en": "中文和英文" },
    print: "打印",
    ready: "文书已备好",
    open: "打开",
    save: "保存",
  },
  {
    address: en,
    not: "They do not replace the paper certificate",
    kinds: { record: "Vaccination record", school_entry: "School entry check" },
    english: "With English beside the Chinese",
    issue: (what: string) => `Issue: ${what}`,
    issued: "Issued",
    check: "How it is verified",
    site: "The check page's address",
    list: "Issued",
    none: "Nothing yet.",
    status: { current: "Current", superseded: "Superseded", withdrawn: "Withdrawn" },
    at: "Issued",
    asOf: "As of",
    language: "Language",
    languages: { zh: "Chinese", "zh-en": "Chinese and English" },
    print: "Print",
    ready: "The paper is ready",
    open: "Open",
    save: "Save",
  },
);

export default function DocumentsScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const path = { certificate_id: id };
  const list = usePages(`documents/${id}`, (cursor) => get(ROUTE, { path, query: cursor ? { cursor } : {} }));
  const texts = useTexts<PaperWords>(w().address);
  const said = texts.data;
  const papers = list.pages.reduce<readonly Paper[]>((all, page) => all.concat(page.documents), []);
  const child = useCertificate(id)?.certificate.kind !== "adult";
  const [english, choose] = useState(false);
  const [chosen, print] = useState<Paper>();
  const act = useAct();
  const intention = useRef(new Intention()).current;
  const issue = (kind: Paper["kind"]): void =>
    act.run(async () => {
      const body = { kind, language: english ? ("zh-en" as const) : ("zh" as const) };
      const made = await call("post", ROUTE, { path, body, key: intention.keyFor(body) });
      intention.done();
      forget(`documents/${id}`);
      print(made);
    });
  return (
    <Screen title={service().documents}>
      <Whose id={id} />
      {list.problem && <Failure problem={list.problem} onRetry={list.reload} />}
      {texts.problem && <Failure problem={texts.problem} onRetry={texts.reload} />}
      {!(list.data && said) && (list.loading || texts.loading) && <Skeleton />}
      {list.data && said && (
        <>
          <Notice tone="warn" title={w().not}>
            {child ? said.child : said.adult}
          </Notice>
          <Tick checked={english} onChange={choose}>
            {w().english}
          </Tick>
          {KINDS.slice(0, child ? 2 : 1).map((kind) => (
            <section key={kind} class="card stack">
              <h2 class="card-title">{w().kinds[kind]}</h2>
              <p>{said.uses[kind]}</p>
              <Button busy={act.busy} onClick={() => issue(kind)}>
                {w().issue(w().kinds[kind])}
              </Button>
            </section>
          ))}
          {act.problem && <Failure problem={act.problem} />}
          <Notice title={w().check}>{said.check}</Notice>
          <h2 class="card-title">{w().list}</h2>
          {!papers.length && <p class="quiet">{w().none}</p>}
          {papers.map((paper) => (
            <article key={paper.document_id} class="card stack">
              <div class="ended">
                <h3 class="row-main">{w().kinds[paper.kind]}</h3>
                <Tag tone={TONES[paper.status]}>{w().status[paper.status]}</Tag>
              </div>
              <Facts
                of={[
                  [w().at, moment(paper.issued_at)],
                  [w().asOf, day(paper.as_of)],
                  [w().language, w().languages[paper.language]],
                ]}
              />
              {paper.status === "current" ? (
                <Button kind="plain" label={`${w().print} ${w().kinds[paper.kind]} ${moment(paper.issued_at)}`} onClick={() => print(paper)}>
                  {w().print}
                </Button>
              ) : (
                <p>{said.next[paper.status]}</p>
              )}
            </article>
          ))}
          <More of={list} />
        </>
      )}
      {chosen && said && <Print certificate={id} of={chosen} said={said} onClose={() => print(undefined)} />}
    </Screen>
  );
}

/** The paper as a file of this phone: it stands in no address of ours, and is gone when the pop-up closes. */
function Print({ certificate, of: paper, said, onClose }: { certificate: string; of: Paper; said: PaperWords; onClose: () => void }) {
  const [address, keep] = useState("");
  const act = useAct();
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  const fetchIt = (size: (typeof SIZES)[number]): void =>
    act.run(async () => {
      try {
        const path = { certificate_id: certificate, document_id: paper.document_id };
        keep(URL.createObjectURL(await file(`${ROUTE}/{document_id}`, "application/pdf", { path, query: { size } })));
      } catch (error) {
        forget(`documents/${certificate}`); // superseded or withdrawn meanwhile: the list says so
        throw error;
      }
    });
  return (
    <Sheet title={w().kinds[paper.kind]} onClose={onClose}>
      {paper.check_url && (
        <Notice tone="good" title={w().issued}>
          {w().site} {paper.check_url.split("#")[0]}
        </Notice>
      )}
      {act.problem && <Failure problem={act.problem} />}
      {address ? (
        <>
          <p role="status">{w().ready}</p>
          <a class="button button-main" href={address} target="_blank" rel="noopener">
            {w().open}
          </a>
          <a class="button button-plain" href={address} download={`${w().kinds[paper.kind]}.pdf`}>
            {w().save}
          </a>
          <p class="quiet small">{said.care}</p>
        </>
      ) : (
        <>
          <p>{said.size}</p>
          {SIZES.map((size) => (
            <Button key={size} kind="plain" busy={act.busy} onClick={() => fetchIt(size)}>
              {size.toUpperCase()}
            </Button>
          ))}
        </>
      )}
    </Sheet>
  );
}
