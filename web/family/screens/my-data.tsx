/** 我的个人信息: all that is held about the caller, to look at and to keep as a file (D22; PIPL 45). */
import { get } from "../../shared/api/client";
import { useLoad } from "../../shared/api/load";
import { day, moment, today } from "../../shared/dates";
import { Button, Empty, Facts, Notice, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { words } from "../../shared/words";
import { Failure } from "../failure";
import { relationOf } from "../relations";

type Entry = Readonly<Record<string, unknown>>;

const w = words(
  {
    title: "我的个人信息",
    text: "以下是本服务保存的与您有关的信息。其他人的证件号码和手机号码已隐去部分。接种记录来源于接种单位的档案，请在“接种记录”中查看。",
    download: "下载为文件",
    warn: "文件含有个人信息，请妥善保管，不要转发。",
    partly: "内容较多，这里只列出一部分；完整内容请联系客服获取。",
    none: "没有",
    nothing: "本服务没有保存与您有关的信息",
    sections: {
      certificates: "电子预防接种证",
      grants_given: "您授权给他人的",
      grants_received: "他人授权给您的",
      appointments: "预约",
      reports: "问题反馈",
      documents: "已打印的证明",
      sessions: "登录",
    },
    fields: {
      name: "姓名",
      kind: "类别",
      birth_date: "出生日期",
      id_no: "证件号码",
      phone: "手机号码",
      relation: "关系",
      status: "状态",
      status_reason: "状态原因",
      claimed_at: "申领时间",
      consent: "知情同意",
      version: "版本",
      purposes: "同意的事项",
      agreed_at: "同意时间",
      channel: "渠道",
      method: "验证方式",
      created_at: "创建时间",
      expires_on: "有效期至",
      last_used_at: "最近使用",
      clinic_code: "门诊编号",
      starts_at: "开始时间",
      ends_at: "结束时间",
      booked_by: "预约人",
      case_number: "受理编号",
      text: "内容",
      received_at: "收到时间",
      changed_at: "更新时间",
      signed_out_until: "此前的登录均已退出",
      opened_at: "登录时间",
      expires_at: "到期时间",
      issued_at: "签发时间",
      as_of: "数据截至",
    },
    values: {
      child: "儿童",
      adult: "成人",
      active: "有效",
      suspended: "已暂停",
      closed: "已关闭",
      released: "已注销",
      name_mismatch: "姓名不一致",
      revoked: "已撤销",
      expired: "已到期",
      booked: "已预约",
      cancelled: "已取消",
      kept: "已赴约",
      claimant: "申领人",
      delegate: "被授权人",
      received: "已收到",
      forwarded: "已转接种单位",
      corrected: "已更正",
      app: "苏服办 App",
      alipay: "支付宝小程序“苏服办”",
      face: "人脸验证",
      strong: "其他验证方式",
      basic_service: "提供服务",
      sensitive_health_data: "敏感个人信息",
      child_information: "儿童个人信息",
      wrong_person: "个人信息有误",
      wrong_dose: "接种信息有误",
      missing_dose: "缺少接种记录",
      extra_dose: "多出接种记录",
      other: "其他",
    },
  },
  {
    title: "My information",
    text: "This is what the service keeps about you. Other people's identity and phone numbers are masked. Vaccinations come from the vaccination unit's archive: see “Records”.",
    download: "Save as a file",
    warn: "The file holds personal information: keep it safe and do not pass it on.",
    partly: "There is more than is shown here; ask the hotline for all of it.",
    none: "Nothing",
    nothing: "Nothing is kept about you",
    sections: {
      certificates: "Certificates",
      grants_given: "Whom you authorised",
      grants_received: "Who authorised you",
      appointments: "Appointments",
      reports: "Reports",
      documents: "Papers",
      sessions: "Sessions",
    },
    fields: {
      name: "Name",
      kind: "Kind",
      birth_date: "Date of birth",
      id_no: "Identity number",
      phone: "Mobile number",
      relation: "Relation",
      status: "Status",
      status_reason: "Reason",
      claimed_at: "Claimed",
      consent: "Consent",
      version: "Version",
      purposes: "Agreed to",
      agreed_at: "Agreed",
      channel: "Through",
      method: "Verified by",
      created_at: "Made",
      expires_on: "Until",
      last_used_at: "Last used",
      clinic_code: "Clinic",
      starts_at: "From",
      ends_at: "To",
      booked_by: "Booked by",
      case_number: "Case",
      text: "Text",
      received_at: "Received",
      changed_at: "Changed",
      signed_out_until: "Signed out before",
      opened_at: "Opened",
      expires_at: "Expires",
      issued_at: "Issued",
      as_of: "As of",
    },
    values: {
      child: "Child",
      adult: "Adult",
      active: "Active",
      suspended: "Suspended",
      closed: "Closed",
      released: "Released",
      name_mismatch: "Name differs",
      revoked: "Ended",
      expired: "Expired",
      booked: "Booked",
      cancelled: "Cancelled",
      kept: "Kept",
      claimant: "The claimant",
      delegate: "A delegate",
      received: "Received",
      forwarded: "With the clinic",
      corrected: "Corrected",
      app: "Su Fu Ban app",
      alipay: "Su Fu Ban in Alipay",
      face: "Face",
      strong: "Another way",
      basic_service: "The service",
      sensitive_health_data: "Sensitive information",
      child_information: "A child's information",
      wrong_person: "Wrong person",
      wrong_dose: "Wrong dose",
      missing_dose: "Missing dose",
      extra_dose: "Dose too many",
      other: "Other",
    },
  },
);

const SECTIONS = ["certificates", "grants_given", "grants_received", "appointments", "reports", "documents", "sessions"] as const;

export default function MyData() {
  const { data, problem, loading, reload } = useLoad("my-data", () => get("/v1/my-data"));
  const listed = SECTIONS.map((id) => [id, (data?.[id] ?? []) as readonly unknown[] as readonly Entry[]] as const).filter(([, entries]) => entries.length);
  return (
    <Screen title={w().title} foot={data && <Button onClick={() => save(data)}>{w().download}</Button>}>
      <p class="quiet">{w().text}</p>
      {problem && <Failure problem={problem} onRetry={reload} />}
      {!data && loading && <Skeleton />}
      {data && !listed.length && <Empty icon="shield" title={w().nothing} />}
      {data?.complete === false && <Notice tone="warn">{w().partly}</Notice>}
      {listed.map(([id, entries]) => (
        <section key={id} class="stack" aria-labelledby={`data-${id}`}>
          <h2 id={`data-${id}`} class="card-title">
            {w().sections[id]}（{entries.length}）
          </h2>
          {entries.map((entry, n) => (
            <div key={n} class="card">
              <Facts of={factsOf(entry)} />
            </div>
          ))}
        </section>
      ))}
      {data && <Notice tone="warn">{w().warn}</Notice>}
    </Screen>
  );
}

/** What people can read: no opaque ids, nothing empty, what lies deeper beside it. */
function factsOf(entry: Entry): [string, string][] {
  const fields = w().fields as Readonly<Record<string, string>>;
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(entry)) {
    const label = fields[name];
    if (value === null || value === "" || value === undefined) continue;
    if (Array.isArray(value)) {
      if (label && value.length) found.push([label, value.map((one) => said(name, String(one))).join("、")]);
    } else if (typeof value === "object") found.push(...factsOf(value as Entry));
    else if (label) found.push([label, said(name, typeof value === "string" ? value : JSON.stringify(value))]);
  }
  return found;
}

function said(name: string, value: string): string {
  if (name === "relation") return relationOf(value);
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return moment(value);
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return name === "version" ? value : day(value);
  return (w().values as Readonly<Record<string, string>>)[value] ?? value;
}

/** A file of this phone, made here: it never stands in an address or a cache. */
function save(data: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `vaxcert-${today()}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
