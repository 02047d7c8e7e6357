/** How a browser becomes a clinic's device: it makes a key, the operator enrols what it shows, the receipt comes back. */
import { useEffect, useState } from "preact/hooks";
import { Button, Facts, Notice } from "../ui/parts";
import { Field, Tick } from "../ui/field";
import { Screen } from "../ui/screen";
import { toast } from "../ui/toast";
import { enrolmentEvent, forgetDevice, makeDevice, saveDevice, STATIONS, withReceipt, type Device, type Station } from "./device";
import { enrolWords as w } from "./words";

export interface EnrolProps {
  /** A board serves no station. */
  readonly board?: boolean;
  /** Made before, and not finished. */
  readonly device: Device | undefined;
  readonly onChange: (device: Device | undefined) => void;
  readonly onDone: (device: Device) => void;
}

export const storageWorks = (): boolean => typeof indexedDB !== "undefined" && typeof crypto !== "undefined" && (crypto.subtle as SubtleCrypto | undefined) !== undefined;

export function Enrol({ board, device, onChange, onDone }: EnrolProps) {
  if (!storageWorks()) {
    return (
      <Screen title={w().title} root>
        <Notice tone="bad" title={w().noCrypto}>
          <p>{w().noCryptoText}</p>
        </Notice>
      </Screen>
    );
  }
  return device ? <Handed device={device} onChange={onChange} onDone={onDone} /> : <Make board={board ?? false} onMade={onChange} />;
}

function Make({ board, onMade }: { board: boolean; onMade: (device: Device) => void }) {
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [stations, setStations] = useState<readonly Station[]>(STATIONS);
  const [looked, look] = useState(false);
  const [failed, fail] = useState(false);
  const lacksStation = !board && stations.length === 0;
  const wrongCode = !/^[A-Za-z0-9][\w-]{0,31}$/.test(code.trim());
  const make = async (): Promise<void> => {
    look(true);
    if (wrongCode || !name.trim() || lacksStation) return;
    try {
      const device = await makeDevice(code.trim(), name.trim(), board ? [] : STATIONS.filter((one) => stations.includes(one)));
      await saveDevice(device);
      onMade(device);
    } catch {
      fail(true);
    }
  };
  return (
    <Screen title={w().title} root>
      <form
        class="card stack-wide"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <p class="quiet">{w().why}</p>
        {failed && <Notice tone="bad" title={w().noCrypto}>{w().noCryptoText}</Notice>}
        <Field label={w().clinicCode} hint={w().clinicCodeHint} value={code} onChange={setCode} mode="numeric" fault={looked && wrongCode ? w().needed : undefined} />
        <Field label={w().clinicName} value={name} onChange={setName} maxLength={100} fault={looked && !name.trim() ? w().needed : undefined} />
        {!board && (
          <fieldset class="field">
            <legend>{w().stations}</legend>
            <div class="choices">
              {STATIONS.map((one) => (
                <Tick key={one} checked={stations.includes(one)} onChange={(on) => setStations(on ? [...stations, one] : stations.filter((other) => other !== one))}>
                  {w()[one]}
                </Tick>
              ))}
            </div>
            {looked && lacksStation && <p class="field-fault">{w().needStation}</p>}
          </fieldset>
        )}
        <Button type="submit">{w().make}</Button>
      </form>
    </Screen>
  );
}

/** What the operator gives to `enroll_device`. */
export function EnrolmentText({ device }: { device: Device }) {
  const text = JSON.stringify(enrolmentEvent(device), null, 1);
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [text]);
  const copy = (): void => {
    // Without a clipboard (Safari 12) the text is selected by hand.
    // eslint-disable-next-line compat/compat -- asked for first
    (navigator.clipboard as Clipboard | undefined)?.writeText(text).then(
      () => toast(w().copied),
      () => undefined,
    );
  };
  return (
    <div class="stack">
      <pre class="code-box" tabIndex={0} role="region" aria-label={w().json} data-enrolment>
        {text}
      </pre>
      <div class="buttons">
        <Button kind="plain" small onClick={copy}>
          {w().copy}
        </Button>
        <a class="button button-plain button-small" href={address} download={`${device.enrolment.device_id}.json`}>
          {w().download}
        </a>
      </div>
    </div>
  );
}

function Handed({ device, onChange, onDone }: { device: Device; onChange: (device: Device | undefined) => void; onDone: (device: Device) => void }) {
  const [receipt, setReceipt] = useState("");
  const [wrong, setWrong] = useState(false);
  const finish = async (): Promise<void> => {
    try {
      const taken = await withReceipt(device, receipt);
      await saveDevice(taken);
      onDone(taken);
    } catch {
      setWrong(true);
    }
  };
  return (
    <Screen title={w().title} root>
      <section class="card stack">
        <h2 class="card-title">{w().step1}</h2>
        <p class="quiet">{w().step1Text}</p>
        <EnrolmentText device={device} />
      </section>
      <form
        class="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          void finish();
        }}
      >
        <h2 class="card-title">{w().step2}</h2>
        <p class="quiet">{w().step2Text}</p>
        <Field label={w().receipt} value={receipt} onChange={setReceipt} lines={5} fault={wrong ? w().wrongReceipt : undefined} />
        <Button type="submit">{w().finish}</Button>
        <Button kind="link" onClick={() => onDone(device)}>
          {w().skip}
        </Button>
        <Button kind="link" onClick={() => void forgetDevice().then(() => onChange(undefined))}>
          {w().startOver}
        </Button>
      </form>
    </Screen>
  );
}

/** The service does not know this device, or refuses it. */
export function Refused({ device, onAgain, onAnew }: { device: Device; onAgain: () => void; onAnew: () => void }) {
  const [sure, ask] = useState(false);
  return (
    <Screen title={w().refused} root>
      <Notice tone="bad" title={w().refused}>
        <p>{w().refusedText}</p>
      </Notice>
      <section class="card stack">
        <Facts of={[[w().deviceId, device.enrolment.device_id], [w().clinicName, device.enrolment.clinic_name]]} />
        <Button onClick={onAgain}>{w().again}</Button>
        <details>
          <summary class="summary">{w().showJson}</summary>
          <EnrolmentText device={device} />
        </details>
        {sure ? (
          <Notice tone="warn" title={w().anewSure}>
            <Button kind="danger" onClick={onAnew}>
              {w().anew}
            </Button>
          </Notice>
        ) : (
          <Button kind="link" onClick={() => ask(true)}>
            {w().anew}
          </Button>
        )}
      </section>
    </Screen>
  );
}
