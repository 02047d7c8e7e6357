/** How this desk is set up, its self-check, and the receipt if it was left out at first. */
import { useState } from "preact/hooks";
import { saveDevice, withReceipt, type Device, type Station } from "../shared/device/device";
import { EnrolmentText } from "../shared/device/enrol";
import { enrolWords } from "../shared/device/words";
import { Button, Facts } from "../shared/ui/parts";
import { Field, Tick } from "../shared/ui/field";
import { sound } from "../shared/ui/sound";
import { toast } from "../shared/ui/toast";
import { words } from "../shared/words";
import { CheckList, type Check } from "./checks";
import { choose, useChoices } from "./choices";
import { w } from "./words";

const t = words(
  {
    desk: "本台名称",
    deskHint: "叫号屏显示并播报，如：2号台",
    stations: "本台办理的环节",
    sound: "播放提示音",
    trySound: "试听",
    slips: "取号后自动打印号票",
    device: "本设备",
    saved: "已保存",
    rules: "断网时怎么办",
    rulesText: "继续扫码：本机用离线包核验真伪并保存，恢复联网后自动补交。离线包最多使用 48 小时，过期后一律凭纸质预防接种证办理。离线时不能取号、叫号和提交结果：本机按到达先后发给纸号，请人工叫号，凭纸质预防接种证办理；接种情况照常登记在本单位的接种系统，不必在这里补录。恢复联网后，仍在等候的按纸号顺序重新亮码取号。对方没有手机或没有信号时，凭纸质预防接种证办理，不影响接种。",
  },
  {
    desk: "Name of this desk",
    deskHint: "As the board shows and speaks it: 2号台",
    stations: "Stations at this desk",
    sound: "Sounds",
    trySound: "Try it",
    slips: "Print each ticket by itself",
    device: "This device",
    saved: "Saved",
    rules: "While the line is down",
    rulesText: "Go on scanning: codes are verified by the offline pack, kept, and handed in once the line is back. A pack serves for 48 hours; after that go by the paper certificate. No tickets, calls or outcomes can be made meanwhile: this desk gives numbers on paper in the order of coming; call people yourself and go by the paper certificate. Doses are entered in the clinic's own system as ever, and nothing has to be entered here. Once the line is back, who still waits shows the code again for a ticket, in the order of the numbers. Who has no phone or no signal is served by the paper certificate.",
  },
);

export function Setup({ device, enrolled, checks, onDevice }: { device: Device; enrolled: readonly Station[]; checks: readonly Check[]; onDevice: (device: Device) => void }) {
  const chosen = useChoices();
  const [receipt, setReceipt] = useState("");
  const [wrong, setWrong] = useState(false);
  const take = (): void => {
    withReceipt(device, receipt).then(
      (taken) => {
        void saveDevice(taken).then(() => toast(t().saved));
        onDevice(taken);
      },
      () => setWrong(true),
    );
  };
  return (
    <>
      <CheckList checks={checks} />
      <section class="card stack">
        <Field label={t().desk} hint={t().deskHint} value={chosen.desk} onChange={(desk) => choose({ desk: desk.slice(0, 20) })} maxLength={20} />
        <fieldset class="field">
          <legend>{t().stations}</legend>
          <div class="choices">
            {enrolled.map((station) => (
              <Tick
                key={station}
                checked={chosen.stations.includes(station)}
                onChange={(on) => choose({ stations: on ? [...chosen.stations, station] : chosen.stations.filter((one) => one !== station) })}
              >
                {w()[station]}
              </Tick>
            ))}
          </div>
        </fieldset>
        <Tick checked={chosen.sound} onChange={(on) => choose({ sound: on })}>
          {t().sound}
        </Tick>
        <div class="buttons">
          <Button kind="plain" small onClick={() => sound("good")}>
            {t().trySound}：{w().accepted}
          </Button>
          <Button kind="plain" small onClick={() => sound("bad")}>
            {t().trySound}：{w().refused}
          </Button>
        </div>
        <Tick checked={chosen.printsSlips} onChange={(on) => choose({ printsSlips: on })}>
          {t().slips}
        </Tick>
      </section>
      <section class="card stack">
        <h2 class="card-title">{t().rules}</h2>
        <p>{t().rulesText}</p>
      </section>
      <section class="card stack">
        <h2 class="card-title">{t().device}</h2>
        <Facts of={[[enrolWords().deviceId, device.enrolment.device_id], [enrolWords().clinicName, device.enrolment.clinic_name]]} />
        {!device.root && (
          <>
            <Field label={enrolWords().receipt} hint={enrolWords().step2Text} value={receipt} onChange={setReceipt} lines={4} fault={wrong ? enrolWords().wrongReceipt : undefined} />
            <Button onClick={take}>{enrolWords().finish}</Button>
          </>
        )}
        <details>
          <summary class="summary">{enrolWords().showJson}</summary>
          <EnrolmentText device={device} />
        </details>
      </section>
    </>
  );
}
