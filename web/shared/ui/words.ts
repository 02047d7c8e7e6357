import { words } from "../words";

/** Words that every page uses. */
export const common = words(
  {
    back: "返回",
    close: "关闭",
    retry: "重试",
    reload: "重新加载",
    cancel: "取消",
    confirm: "确定",
    loading: "正在加载",
    working: "正在办理",
    next: "下一步：",
    wait: (seconds: number) => `请 ${seconds} 秒后再试。`,
    call: "拨打客服电话",
    choose: "请选择",
    optional: "（选填）",
  },
  {
    back: "Back",
    close: "Close",
    retry: "Try again",
    reload: "Reload",
    cancel: "Cancel",
    confirm: "OK",
    loading: "Loading",
    working: "Working",
    next: "Next: ",
    wait: (seconds: number) => `Try again in ${seconds} s.`,
    call: "Call the hotline",
    choose: "Choose",
    optional: " (optional)",
  },
);
