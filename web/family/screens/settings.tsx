/** 设置: large type, language, reminders, one's own data, signing out here and everywhere (D22). */
import { useState } from "preact/hooks";
import { call } from "../../shared/api/client";
import { forget } from "../../shared/api/load";
import { isLarge, setLarge } from "../../shared/preferences";
import { go } from "../../shared/router";
import { forgetSession } from "../../shared/session";
import { useAct } from "../../shared/ui/act";
import { Button, Hotline, List, Row } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { Sheet } from "../../shared/ui/sheet";
import { language, chooseLanguage, words } from "../../shared/words";
import { Failure } from "../failure";
import { service } from "../words";

const w = words(
  {
    shown: "显示",
    large: "长辈版",
    largeText: "更大的字和按钮",
    on: "已开启",
    off: "已关闭",
    language: "语言 Language",
    current: "中文",
    data: "个人信息",
    mine: "我的个人信息",
    mineText: "查看和下载本服务保存的您的信息",
    out: "退出",
    here: "退出登录",
    hereText: "结束本次登录，清除本机上的信息",
    all: "退出所有设备",
    allTitle: "退出所有设备",
    allText: "您在所有手机和设备上的登录都会结束：办理和亮码立即失效，查询在一分钟内失效。手机遗失或借给他人后，建议这样做。",
    allYes: "确认退出",
    help: "帮助",
  },
  {
    shown: "Display",
    large: "Large type",
    largeText: "Larger text and buttons",
    on: "On",
    off: "Off",
    language: "语言 Language",
    current: "English",
    data: "Personal information",
    mine: "My information",
    mineText: "See and download what is kept about you",
    out: "Sign out",
    here: "Sign out",
    hereText: "Ends this session and clears this phone",
    all: "Sign out everywhere",
    allTitle: "Sign out everywhere",
    allText: "Every session of yours on every phone ends: claims, authorisations and codes at once, reading within a minute. Do this if a phone was lost or lent.",
    allYes: "Sign out everywhere",
    help: "Help",
  },
);

/** Nothing of the person stays in this tab: memory, session storage, and what was asked for. */
function leave(): void {
  forgetSession();
  forget();
  go("home", {}, { replace: true });
}

export default function SettingsScreen() {
  const [large, enlarge] = useState(isLarge);
  const [asked, ask] = useState(false);
  const act = useAct();
  const turn = (): void => {
    setLarge(!large);
    enlarge(!large);
  };
  // Who signs out is signed out of this phone, whether or not the service can be told.
  const out = (): void =>
    act.run(async () => {
      await call("delete", "/v1/sessions/current").catch(() => undefined);
      leave();
    });
  return (
    <Screen title={service().settings}>
      <Section title={w().shown}>
        <Row title={w().large} detail={w().largeText} end={large ? w().on : w().off} onClick={turn} />
        <Row title={w().language} end={w().current} onClick={() => chooseLanguage(language() === "zh" ? "en" : "zh")} />
      </Section>
      <Section title={w().data}>
        <Row icon="shield" title={w().mine} detail={w().mineText} onClick={() => go("my-data")} />
      </Section>
      <Section title={w().help}>
        <Row icon="help" title={service().faq} onClick={() => go("faq")} />
      </Section>
      <Section title={w().out}>
        <Row title={w().here} detail={w().hereText} onClick={out} />
        <Row title={w().all} onClick={() => ask(true)} />
      </Section>
      <Hotline />
      {asked && <Everywhere onClose={() => ask(false)} />}
    </Screen>
  );
}

function Section({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class="stack-tight" aria-label={title}>
      <h2 class="quiet small">{title}</h2>
      <List>{children}</List>
    </section>
  );
}

function Everywhere({ onClose }: { onClose: () => void }) {
  const act = useAct();
  const out = (): void =>
    act.run(async () => {
      await call("delete", "/v1/sessions");
      leave();
    });
  return (
    <Sheet
      title={w().allTitle}
      onClose={onClose}
      foot={
        <>
          <Button kind="danger" busy={act.busy} onClick={out}>
            {w().allYes}
          </Button>
          <Button kind="link" onClick={onClose}>
            {service().keep}
          </Button>
        </>
      }
    >
      <p>{w().allText}</p>
      {act.problem && <Failure problem={act.problem} onRetry={out} />}
    </Sheet>
  );
}
