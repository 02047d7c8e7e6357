/** Scanning by camera, for a tablet or a PC without a scanner. */
import { useEffect, useRef, useState } from "preact/hooks";
import { NoCamera, openCamera, reader, type CameraFault } from "../shared/scan/camera";
import { Button, Notice } from "../shared/ui/parts";
import { words } from "../shared/words";

const t = words(
  {
    stop: "关闭摄像头",
    hint: "将二维码放在画面中央，自动识别。",
    starting: "正在打开摄像头…",
    none: "没有可用的摄像头：请使用扫码枪或手工输入。",
    refused: "浏览器不允许使用摄像头：请在地址栏左侧的权限设置中允许后重试。",
    old: "浏览器版本较低，不能用摄像头识别：请使用扫码枪，或升级到 Chrome 97、Safari 16 以上。",
    broken: "摄像头识别组件加载失败：请检查网络后重试，或使用扫码枪。",
  },
  {
    stop: "Close the camera",
    hint: "Hold the code in the middle of the picture.",
    starting: "Opening the camera…",
    none: "There is no camera to use: use a scanner, or type it in.",
    refused: "The browser does not allow the camera: allow it beside the address, then try again.",
    old: "This browser is too old to read by camera: use a scanner, or Chrome 97, Safari 16 or newer.",
    broken: "What reads pictures could not be loaded: check the network and try again, or use a scanner.",
  },
);
const EVERY_MS = 120;
/** The same code again within this time is the same showing. */
const SAME_MS = 4000;

export function Camera({ onText, onClose }: { onText: (text: string) => void; onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const tell = useRef(onText);
  tell.current = onText;
  const [fault, fail] = useState<CameraFault>();
  const [ready, set] = useState(false);
  useEffect(() => {
    let left = false;
    const over = (): boolean => left;
    let stream: MediaStream | undefined;
    let last = { text: "", at: 0 };
    const run = async (): Promise<void> => {
      const look = await reader();
      stream = await openCamera();
      const picture = video.current;
      if (over() || !picture) return;
      picture.srcObject = stream;
      await picture.play();
      set(true);
      while (!over()) {
        const text = await look(picture).catch(() => undefined);
        const now = Date.now();
        if (text && (text !== last.text || now - last.at > SAME_MS)) tell.current(text);
        if (text) last = { text, at: now };
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
    };
    run()
      .catch((error: unknown) => !left && fail(error instanceof NoCamera ? error.fault : "broken"))
      .then(
        () => stream?.getTracks().forEach((track) => track.stop()),
        () => undefined,
      );
    return () => {
      left = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  return (
    <section class="card stack" data-camera={fault ?? (ready ? "on" : "starting")}>
      {fault ? (
        <Notice tone="warn" title={t()[fault === "none" ? "none" : fault]} />
      ) : (
        <>
          <video ref={video} class="camera" muted playsInline />
          <p class="small quiet">{ready ? t().hint : t().starting}</p>
        </>
      )}
      <Button kind="plain" small onClick={onClose}>
        {t().stop}
      </Button>
    </section>
  );
}
