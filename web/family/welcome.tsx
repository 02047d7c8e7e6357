/** Before the lists: enter through 苏服办 and verify (R11-R15); and what is said when that did not work. */
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../shared/api/problem";
import { go } from "../shared/router";
import { Icon } from "../shared/ui/icon";
import { Button, ErrorBox, Hotline, Notice } from "../shared/ui/parts";
import { words } from "../shared/words";
import { enter, finish, type Returned } from "./entry";
import { service } from "./words";

const w = words(
  {
    lead: "亮码接种 · 记录查询 · 预约接种",
    text: "由江苏省免疫规划信息系统生成的数字化疫苗接种记录证明。",
    enter: "进入并验证身份",
    again: "重新验证身份",
    how: "每次进入都由苏服办核验您本人身份，验证完成后自动返回。人脸图像不会传给本服务。",
    entering: "正在核对验证结果…",
    lapsedTitle: "验证已过期",
    lapsed: "为保护您的信息，请重新验证身份；验证后回到刚才的页面。",
    cancelledTitle: "您取消了身份验证",
    cancelled: "未作任何更改。需要使用时，请重新验证身份。",
    failedTitle: "身份验证未通过",
    failed: "请确认由本人操作、光线充足后重试，或在苏服办改用其他验证方式。",
    foreignTitle: "这次验证无法使用",
    leave: "返回列表",
    foreign: "它不是从本页面发起的，或已经用过。请重新验证身份。",
  },
  {
    lead: "Show code · Records · Booking",
    text: "A digital proof of vaccination, made from Jiangsu's immunisation information system.",
    enter: "Enter and verify",
    again: "Verify again",
    how: "Su Fu Ban verifies you each time you enter, and brings you back. No picture of your face reaches this service.",
    entering: "Checking the verification…",
    lapsedTitle: "Your verification is over",
    lapsed: "To protect your information, verify again. You will come back to where you were.",
    cancelledTitle: "You cancelled the verification",
    cancelled: "Nothing was changed. Verify again when you want to go on.",
    failedTitle: "The verification failed",
    failed: "Make sure that it is you, in good light, and try again, or choose another way of verifying in Su Fu Ban.",
    foreignTitle: "This verification cannot be used",
    leave: "Back to the list",
    foreign: "It was not started from this page, or has been used. Please verify again.",
  },
);

/** `onLeave`: who had a session before, and wanted another verification, can go on with it. */
export function Welcome({ returned, lapsed, onLeave }: { returned: Returned; lapsed: boolean; onLeave?: () => void }) {
  const [way, set] = useState<Returned>(returned);
  const [busy, work] = useState(typeof returned === "object");
  const [problem, fail] = useState<Problem>();
  const attempt = (act: () => Promise<void>): void => {
    work(true);
    fail(undefined);
    act().catch((error: unknown) => {
      work(false);
      fail(error instanceof Problem ? error : new Problem(0, {}));
    });
  };
  useEffect(() => {
    if (typeof way === "object") attempt(() => finish(way.code, way.entering));
  }, []);
  const press = (): void => {
    set("none");
    attempt(enter);
  };
  // A code that the network did not carry can be carried again; one that was refused is of no use.
  const carry = typeof way === "object" && problem?.status === 0 ? () => attempt(() => finish(way.code, way.entering)) : undefined;
  if (busy && typeof way === "object") {
    return (
      <main class="page welcome" role="status">
        <Cover />
        <p class="welcome-wait">
          <span class="spinner" /> {w().entering}
        </p>
      </main>
    );
  }
  return (
    <main class="page welcome">
      <Cover />
      {lapsed && way === "none" && <Notice tone="warn" title={w().lapsedTitle}>{w().lapsed}</Notice>}
      {way === "cancelled" && <Notice tone="info" title={w().cancelledTitle}>{w().cancelled}</Notice>}
      {way === "failed" && <Notice tone="bad" title={w().failedTitle}>{w().failed}</Notice>}
      {way === "foreign" && <Notice tone="bad" title={w().foreignTitle}>{w().foreign}</Notice>}
      {problem && <ErrorBox problem={problem} {...(carry ? { onRetry: carry } : {})} />}
      <div class="card stack">
        <p>{w().how}</p>
        <Button busy={busy} onClick={press}>
          {lapsed || way !== "none" || problem ? w().again : w().enter}
        </Button>
        {onLeave && (
          <Button kind="plain" onClick={onLeave}>
            {w().leave}
          </Button>
        )}
      </div>
      <Notice>{service().paper}</Notice>
      <div class="stack-tight">
        <Button kind="link" onClick={() => go("faq")}>
          {service().faq}
        </Button>
        <Hotline />
      </div>
    </main>
  );
}

function Cover() {
  return (
    <header class="cover welcome-cover">
      <Icon name="shield" size={52} />
      <h1>
        {service().name} <span class="cover-tag">{service().pilot}</span>
      </h1>
      <p>{w().lead}</p>
      <p class="small">{w().text}</p>
    </header>
  );
}
