/** Scanning by camera, for a phone, a tablet or a PC without a scanner. */
import { useEffect, useRef, useState } from "preact/hooks";
import { NoCamera, openCamera, reader, type CameraFault } from "./camera";
import { Button, Notice } from "../ui/parts";
import { words } from "../words";

const t = words(
  {
    stop: "关闭摄像头",
    hint: "将二维码放在画面中央，自动识别。",
    starting: "正在打开摄像头…",
    none: "没有可用的摄像头。",
    refused: "浏览器不允许使用摄像头：请在地址栏左侧的权限设置中允许后重试。",
    old: "浏览器版本较低，不能识别图像：请升级到 Chrome 97、Safari 16 以上。",
    broken: "识别组件加载失败：请检查网络后重试。",
  },
  {
    stop: "Close the camera",
    hint: "Hold the code in the middle of the picture.",
    starting: "Opening the camera…",
    none: "There is no camera to use.",
    refused: "The browser does not allow the camera: allow it beside the address, then try again.",
    old: "This browser is too old to read pictures: use Chrome 97, Safari 16 or newer.",
    broken: "What reads pictures could not be loaded: check the network and try again.",
  },
);
const EVERY_MS = 120;
/** The same code again within this time is the same showing. */
const SAME_MS = 4000;

/** What is wrong with reading pictures here, in words. */
export const faultWords = (fault: CameraFault): string => t()[fault];

/** `instead` says what else one can do where there is no camera. */
export function Camera({ instead, onText, onClose }: { instead: string; onText: (text: string) => void; onClose: () => void }) {
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
        <Notice tone="warn" title={faultWords(fault)}>
          <p>{instead}</p>
        </Notice>
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
