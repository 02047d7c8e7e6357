/**
 * Papers for another province and for school (R30-R33, D19, D20), told to the nurse: what each is for, and who issues it.
 * A device issues none (only the holder and delegates do), so the desk says how the family does it.
 */
import { words } from "../shared/words";

const w = words(
  {
    title: "出省接种、入托入学要带什么",
    away: "去外省接种：请先将纸质的《江苏省儿童预防接种证》补充打印完整，交家长带走，外省接种单位凭它核验。接种记录没有实现全国联网。",
    record: "家长还可以出具一份可扫码核验的接种记录，供外省接种单位核对，不替代纸质接种证。",
    school: "入托、入学查验：由家长出具“入托、入学查验”，上面写明是否已完成、还需补种哪几剂；接种禁忌不在其中，请由接种单位另行说明。",
    how: "办理方法：家长或被授权人在苏服办打开“电子预防接种证”，选择孩子的证件，点“打印与查验”，选好种类后点“出具”，再保存或打印。",
    after: "从外省接种回来的：请家长带纸质接种证来，及时补录，次日更新；已出具的文书会显示“已有更新”，请家长重新出具。",
  },
  {
    title: "Papers for another province and for school",
    away: "Before a vaccination in another province, print the paper certificate complete and give it to the family: the unit there goes by it. Records are not networked nationally.",
    record: "The family can also issue a vaccination record whose code anybody can check. It does not replace the paper certificate.",
    school: "For school entry the family issues the school entry check, which says what is complete and what has to be caught up. Contraindications are not in it: the vaccination unit states them.",
    how: "How: parent or delegate opens the certificate in Su Fu Ban, chooses “Print and verify”, issues the paper, and saves or prints it.",
    after: "Doses given elsewhere are added from the paper certificate and show the next day; papers issued before are then superseded, and the family issues new ones.",
  },
);

export function Issuing() {
  return (
    <details class="no-print">
      <summary class="summary">{w().title}</summary>
      <ul class="stack-tight small">
        {[w().away, w().record, w().school, w().how, w().after].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}
