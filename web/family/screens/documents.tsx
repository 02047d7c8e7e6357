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
import { Whose } from "../whose";
import { service } from "../words";

const ROUTE = "/v1/certificates/{certificate_id}/documents";
type Paper = Answer<typeof ROUTE>["documents"][number];

const KINDS = ["record", "school_entry"] as const;
const SIZES = ["a4", "a5"] as const;
const TONES = { current: "good", superseded: "warn", withdrawn: "bad" } as const;

const w = words(
  {
    not: "不替代纸质接种证",
    child: "请继续携带纸质的《江苏省儿童预防接种证》。出省前，先到本地接种单位将它补充打印完整；在外省接种后，带它到门诊补录。",
    adult: "请继续携带纸质的预防接种证或接种凭证；在外省接种后，带它到门诊补录。",
    kinds: { record: "接种记录", school_entry: "入托、入学查验" },
    uses: {
      record: "接种记录没有实现全国联网。去外省接种前打印，供当地接种单位核验。",
      school_entry: "入托、入学或转学时交给学校：截至今天，国家免疫规划疫苗是否已完成，还需补种哪几剂。",
    },
    english: "附英文对照",
    issue: (what: string) => `出具${what}`,
    issued: "已出具",
    check: "怎样核验",
    checkText: "对方用手机相机扫文书上的二维码，打开核验页逐项比对：是否由本系统出具、有无改动、是否仍然有效。不用登录，二维码的内容只在对方手机上核对，不会上传。",
    site: "请认准核验页网址",
    list: "已出具的文书",
    none: "还没有出具过。",
    status: { current: "有效", superseded: "已有更新", withdrawn: "已作废" },
    next: {
      current: "",
      superseded: "出具后接种记录有更新，这份不能再打印。请重新出具，换下已交出的那份。",
      withdrawn: "请不要再使用。可重新出具；如有疑问，请拨打客服电话。",
    },
    at: "出具时间",
    asOf: "数据截至",
    language: "语言",
    languages: { zh: "中文", "zh-en": "中文和英文" },
    print: "打印",
    sizeText: "选择纸张。打印时请选“实际大小”，不要缩放。",
    ready: "文书已备好",
    open: "打开",
    save: "保存",
    care: "含有个人信息，请妥善保管，不要转发。打不开的，请换一个浏览器或设备，验证身份后再打印。",
  },
  {
    not: "They do not replace the paper certificate",
    child: "Keep bringing the paper certificate. Before leaving the province, have the local unit print it complete; afterwards take it to the clinic to have doses added.",
    adult: "Keep bringing the paper certificate or record; after a vaccination elsewhere, take it to the clinic to have doses added.",
    kinds: { record: "Vaccination record", school_entry: "School entry check" },
    uses: {
      record: "Records are not networked nationally. Print it before a vaccination in another province, for the unit there.",
      school_entry: "For a new kindergarten or school: whether the national programme is complete as of today, and what has to be caught up.",
    },
    english: "With English beside the Chinese",
    issue: (what: string) => `Issue: ${what}`,
    issued: "Issued",
    check: "How it is verified",
    checkText: "Any phone's camera opens the check page from the code on the paper: whether we issued it, whether it was altered, whether it still stands. Nobody signs in, and what the code says is checked on that phone and sent to nobody.",
    site: "The check page's address",
    list: "Issued",
    none: "Nothing yet.",
    status: { current: "Current", superseded: "Superseded", withdrawn: "Withdrawn" },
    next: {
      current: "",
      superseded: "The records have changed since, and it cannot be printed again. Issue a new one and replace the one you handed in.",
      withdrawn: "Do not use it any more. Issue a new one; for questions call the hotline.",
    },
    at: "Issued",
    asOf: "As of",
    language: "Language",
    languages: { zh: "Chinese", "zh-en": "Chinese and English" },
    print: "Print",
    sizeText: "Choose the paper. Print at actual size.",
    ready: "The paper is ready",
    open: "Open",
    save: "Save",
    care: "It holds personal information: keep it safe and do not pass it on. If it does not open, use another browser or device.",
  },
);

export default function DocumentsScreen({ params }: { params: Params }) {
  const id = params["certificate"] ?? "";
  const path = { certificate_id: id };
  const list = usePages(`documents/${id}`, (cursor) => get(ROUTE, { path, query: cursor ? { cursor } : {} }));
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
      {!list.data && list.loading && <Skeleton />}
      {list.data && (
        <>
          <Notice tone="warn" title={w().not}>
            {child ? w().child : w().adult}
          </Notice>
          <Tick checked={english} onChange={choose}>
            {w().english}
          </Tick>
          {KINDS.slice(0, child ? 2 : 1).map((kind) => (
            <section key={kind} class="card stack">
              <h2 class="card-title">{w().kinds[kind]}</h2>
              <p>{w().uses[kind]}</p>
              <Button busy={act.busy} onClick={() => issue(kind)}>
                {w().issue(w().kinds[kind])}
              </Button>
            </section>
          ))}
          {act.problem && <Failure problem={act.problem} />}
          <Notice title={w().check}>{w().checkText}</Notice>
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
                <p>{w().next[paper.status]}</p>
              )}
            </article>
          ))}
          <More of={list} />
        </>
      )}
      {chosen && <Print certificate={id} of={chosen} onClose={() => print(undefined)} />}
    </Screen>
  );
}

/** The paper as a file of this phone: it stands in no address of ours, and is gone when the pop-up closes. */
function Print({ certificate, of: paper, onClose }: { certificate: string; of: Paper; onClose: () => void }) {
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
          <p class="quiet small">{w().care}</p>
        </>
      ) : (
        <>
          <p>{w().sizeText}</p>
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
