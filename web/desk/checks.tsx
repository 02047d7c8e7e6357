/** Which of page, network, clock, scanner and device is wrong, in words, with what to do about it. */
import { CLOCK_SECONDS, useLine } from "../shared/device/line";
import type { Device } from "../shared/device/device";
import { moment } from "../shared/dates";
import { Icon } from "../shared/ui/icon";
import { words } from "../shared/words";
import { packIsStale, useOffline } from "./offline";

const t = words(
  {
    title: "自检",
    good: "正常",
    page: "页面",
    network: "网络",
    clock: "时钟",
    scanner: "扫码枪",
    device: "设备",
    pack: "离线包",
    pageOld: "有新版本，请在空闲时刷新页面（F5）。",
    networkBad: "不通：请检查网线或无线网络；期间请凭纸质预防接种证办理。",
    clockBad: (seconds: number) => `本机时钟${seconds > 0 ? "快" : "慢"}了 ${Math.abs(seconds) >= 120 ? `${Math.round(Math.abs(seconds) / 60)} 分钟` : `${Math.abs(seconds)} 秒`}：请打开系统的“自动设置时间”。`,
    scannerNone: "尚未收到扫码。如扫码无反应，请点击页面空白处再试，并检查数据线。",
    scannerBad: "最近一次读码不完整或设置有误：请按提示检查扫码枪。",
    deviceBad: "本设备未登记或已停用：请联系管理员。",
    packNone: "没有登记回执，断网时不能核验二维码：请在“设置”中粘贴回执。",
    packOld: "离线包已过期：联网后自动更新。",
    packOf: (at: string) => `更新于 ${at}`,
  },
  {
    title: "Self-check",
    good: "Good",
    page: "Page",
    network: "Network",
    clock: "Clock",
    scanner: "Scanner",
    device: "Device",
    pack: "Offline pack",
    pageOld: "There is a newer version: reload (F5) when nobody is waiting.",
    networkBad: "No connection: check the cable or the wireless network; go by the paper certificate meanwhile.",
    clockBad: (seconds: number) => `This PC's clock is ${Math.abs(seconds) >= 120 ? `${Math.round(Math.abs(seconds) / 60)} min` : `${Math.abs(seconds)} s`} ${seconds > 0 ? "fast" : "slow"}: let the system set the time.`,
    scannerNone: "Nothing was scanned yet. If a scan does nothing, click on an empty part of the page, and check the cable.",
    scannerBad: "The last reading was cut or mangled: check the scanner as the verdict says.",
    deviceBad: "This device is not enrolled, or disabled: ask the operator.",
    packNone: "Without a receipt codes cannot be verified offline: paste it in Settings.",
    packOld: "The offline pack is too old; it is renewed when the line is back.",
    packOf: (at: string) => `Of ${at}`,
  },
);

export interface Check {
  readonly name: string;
  readonly good: boolean;
  readonly says: string;
}

export type ScannerState = "none" | "good" | "bad";

export function useChecks(device: Device, scanner: ScannerState, newer: boolean): readonly Check[] {
  const line = useLine();
  const { pack } = useOffline();
  const check = (name: string, fault: string | undefined, says: string = t().good): Check => ({ name, good: fault === undefined, says: fault ?? says });
  return [
    check(t().page, newer ? t().pageOld : undefined),
    check(t().network, line.network === "bad" ? t().networkBad : undefined),
    check(t().clock, Math.abs(line.clockAhead) > CLOCK_SECONDS ? t().clockBad(line.clockAhead) : undefined),
    check(t().scanner, scanner === "bad" ? t().scannerBad : undefined, scanner === "none" ? t().scannerNone : undefined),
    check(t().device, line.device === "refused" ? t().deviceBad : undefined),
    check(t().pack, !device.root ? t().packNone : pack && packIsStale() ? t().packOld : undefined, pack ? t().packOf(moment(new Date(pack.issuedAt).toISOString())) : undefined),
  ];
}

export function CheckList({ checks }: { checks: readonly Check[] }) {
  return (
    <section class="card stack" aria-label={t().title}>
      <h2 class="card-title">{t().title}</h2>
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.name} class={check.good ? "check-good" : "check-bad"}>
            <Icon name={check.good ? "good" : "warn"} />
            <strong>{check.name}</strong>
            <span>{check.says}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The faults only, above the work: who is at the desk need not look for them. */
export function Faults({ checks }: { checks: readonly Check[] }) {
  const faults = checks.filter((check) => !check.good);
  return (
    <div class="faults" role="status" aria-live="polite" data-faults>
      {faults.map((check) => (
        <p key={check.name} class="fault">
          <Icon name="warn" size={20} />
          <span>
            <strong>{check.name}</strong> {check.says}
          </span>
        </p>
      ))}
    </div>
  );
}
