/** The numbers on paper that are still open: whom to call while the line is down, and whom to ask for a ticket once it is back. */
import { time } from "../shared/dates";
import { useLine } from "../shared/device/line";
import { Button, Tag } from "../shared/ui/parts";
import { words } from "../shared/words";
import { closePaper, usePapers } from "./paper";

const t = words(
  {
    title: (count: number) => `纸号（${count} 人）`,
    down: "请按此顺序人工叫号。接种情况照常登记在本单位的接种系统，不必在这里补录。",
    back: "网络已恢复：仍在等候的，请按此顺序重新亮码取号；已办完或已离开的，直接点“已处理”。",
    scanned: "已扫码",
    plain: "凭纸质证",
    close: "已处理",
  },
  {
    title: (count: number) => `Numbers on paper (${count})`,
    down: "Call them in this order yourself. Doses are entered in the clinic's own system as ever; nothing has to be entered here.",
    back: "The line is back: who still waits shows the code again for a ticket, in this order. Close those who are done or gone.",
    scanned: "Code scanned",
    plain: "Paper certificate",
    close: "Close",
  },
);

export function Papers() {
  const papers = usePapers();
  const line = useLine();
  if (papers.length === 0) return null;
  return (
    <section class="card stack no-print" aria-label={t().title(papers.length)} data-papers>
      <h3>{t().title(papers.length)}</h3>
      <p>{line.network === "bad" ? t().down : t().back}</p>
      <ul class="stack-tight">
        {papers.map((paper) => (
          <li key={paper.number} class="queue-row" data-paper={paper.number}>
            <span class="queue-ticket">{paper.number}</span>
            <span class="queue-who">
              {time(new Date(paper.at).toISOString())} <Tag>{paper.scanned ? t().scanned : t().plain}</Tag>
            </span>
            <span class="queue-acts">
              <Button kind="plain" small onClick={() => void closePaper(paper.number)} label={`${t().close} ${paper.number}`}>
                {t().close}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
