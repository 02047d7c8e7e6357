/** 常见问题 and 温馨提示: the notice's own questions and answers, with this deployment's dates, cities and hotline (D18). */
import { day } from "../../shared/dates";
import { settings } from "../../shared/settings";
import { Hotline, Notice } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { language, words } from "../../shared/words";
import { service } from "../words";

const w = words(
  {
    tips: "温馨提示",
    paper: "电子预防接种证的申领推广仍处于试点阶段，建议带儿童去接种疫苗时仍携带纸质的《江苏省儿童预防接种证》。",
    away: "当前接种记录没有实现全国联网。需要出市到外省接种的儿童，请在本地接种单位将纸质的《江苏省儿童预防接种证》补充打印完整后再出市；在外省接种后返回的，去门诊接种时请带好纸质接种证，由接种单位将外省接种记录及时补录。",
    questions: "常见问题",
    what: "电子预防接种证是什么？",
    whatA: "电子预防接种证是基于江苏省免疫规划信息系统为广大受种者生成的数字化疫苗接种记录证明，具有亮码接种、接种记录查询、预约接种等功能。申领成功后，可和纸质预防接种证/接种凭证联合使用。",
    empty: "为什么申领页面没有待申领的电子预防接种证？",
    emptyA: (born: string, dose: string, age: number, cities: string) =>
      `儿童需出生日期在${born}以后；成人需年满${age}周岁，并有${dose}之后的接种记录；并在${cities}的接种单位登记有效身份证号，且身份证号与苏服办认证的身份证号一致。家长申领子女的电子预防接种证时，接种单位的信息系统中儿童档案需已登记父母的有效身份证号，且该有效身份证号与申领人在苏服办认证的身份证号一致。`,
    one: "儿童的电子预防接种证可以由几个人申领？",
    oneA: (limit: number) => `儿童的电子预防接种证只能由一人申领。家庭其他成员需要使用的，请由申领人通过“证照授权”进行授权，最多授权给${limit}人。成人的电子预防接种证不可以授权。`,
    wrong: "“个人信息”或“电子预防接种证”上信息有误，怎么进行修改？",
    wrongA: "接种信息来源于江苏省预防接种管理信息系统，不排除部分历史或省外接种数据不够完整准确的可能性。若发现信息有误，可与预防接种单位联系核实信息，修正相关信息后，将于次日生效。",
    elsewhere: "原来一直在外省接种的适龄儿童可以申领电子预防接种证吗？",
    elsewhereA: (cities: string) =>
      `若未在${cities}的预防接种信息系统中登记在册，则无法申领。外地来的适龄儿童，可以携带接种证到居住地儿童预防接种门诊建档登记，提供正确的身份信息，无误后次日即可申领。`,
    newborn: "在产科的新生儿能申领电子预防接种证吗？",
    newbornA: "现阶段，新生儿的接种档案需从产科转入儿童预防接种门诊后才能申领。新生儿家长应尽快到居住地儿童预防接种门诊登记建档，并录入新生儿父母身份信息后，次日即可申领。",
    rabies: "为什么电子预防接种证的接种信息中，没有2020年12月后的狂犬疫苗接种信息？",
    rabiesA: "江苏省犬伤预防接种信息系统和成人/儿童预防接种信息系统为不同的系统，现阶段电子预防接种证的信息仅来源于成人/儿童预防接种信息系统，所以不能显示狂犬疫苗接种信息。系统的数据连通工作正在进行中，未来也会展示狂犬疫苗的接种信息。",
    face: "不想使用人脸验证怎么办？",
    faceA: "人脸验证由苏服办完成，本服务不接收、不保存人脸图像。苏服办提供其他验证方式的，您可以在验证页面选择；也可以继续凭纸质接种证接种。",
  },
  {
    tips: "Please note",
    paper: "The certificate is still a pilot: keep bringing the paper certificate (江苏省儿童预防接种证) when you take a child to be vaccinated.",
    away: "Records are not networked nationally. Before a child is vaccinated in another province, have the local unit print the paper certificate complete. Back home, bring it to the clinic, which adds the doses given elsewhere.",
    questions: "Questions",
    what: "What is the electronic vaccination certificate?",
    whatA: "A digital proof of vaccination records, made from Jiangsu's immunisation information system. With it you show a code at the clinic, look up records and book. It is used together with the paper certificate.",
    empty: "Why is there nothing to claim?",
    emptyA: (born: string, dose: string, age: number, cities: string) =>
      `Children have to be born on or after ${born}; adults have to be ${age} or older with a vaccination on or after ${dose}. A vaccination unit of ${cities} has to hold a valid identity number that equals the one verified by Su Fu Ban. For a child, the archive also has to hold a parent's valid number that equals the claimant's.`,
    one: "How many people can claim a child's certificate?",
    oneA: (limit: number) => `One. Other members of the family use it by authorisation, ${limit} people at most. Adults' certificates cannot be authorised.`,
    wrong: "Something on the certificate is wrong. How is it corrected?",
    wrongA: "The data come from the provincial vaccination system, where old records or those of other provinces may be incomplete. Ask the vaccination unit: once it has corrected them, they take effect the next day.",
    elsewhere: "My child was always vaccinated in another province. Can we claim?",
    elsewhereA: (cities: string) => `Not without an archive in the system of ${cities}. Bring the paper certificate to the child clinic where you live and register with the correct identities; you can claim from the next day.`,
    newborn: "Can a newborn who is still with obstetrics have one?",
    newbornA: "The archive has to be transferred to a child clinic first. Register there as soon as you can, with the parents' identities; you can claim from the next day.",
    rabies: "Why are there no rabies vaccinations since December 2020?",
    rabiesA: "They are kept in another provincial system, which the certificate does not draw on yet. Connecting the two is under way; they will be shown later.",
    face: "What if I do not want my face to be checked?",
    faceA: "Su Fu Ban checks it; no picture reaches this service. Where Su Fu Ban offers another way, choose it there; you can also go on using the paper certificate.",
  },
);

export default function Faq() {
  const { child_born_from: born, adult_dose_from: dose, adult_age: age, grant_limit: limit } = settings;
  const cities = settings.cities[language()];
  const items: readonly (readonly [string, string])[] = [
    [w().what, w().whatA],
    [w().empty, w().emptyA(day(born), day(dose), age, cities)],
    [w().one, w().oneA(limit)],
    [w().wrong, w().wrongA],
    [w().elsewhere, w().elsewhereA(cities)],
    [w().newborn, w().newbornA],
    ...(settings.rabies_shown ? [] : ([[w().rabies, w().rabiesA]] as const)),
    [w().face, w().faceA],
  ];
  return (
    <Screen title={service().faq}>
      <Notice title={w().tips}>
        <p>{w().paper}</p>
        <p>{w().away}</p>
      </Notice>
      <div class="rows">
        {items.map(([question, answer]) => (
          <details key={question} class="question">
            <summary>{question}</summary>
            <p>{answer}</p>
          </details>
        ))}
      </div>
      <Hotline kind="plain" />
    </Screen>
  );
}
