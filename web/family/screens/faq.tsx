/** 常见问题 and 温馨提示: the notice's own questions and answers, with this deployment's dates, cities and hotline (D18). */
import { day } from "../../shared/dates";
import { settings } from "../../shared/settings";
import { ErrorBox, Hotline, Notice, Skeleton } from "../../shared/ui/parts";
import { Screen } from "../../shared/ui/screen";
import { language, words } from "../../shared/words";
import { filled, useTexts } from "../texts";
import en from "../texts/faq.en.json?url";
import zh from "../texts/faq.zh.json?url";
import { service } from "../words";

export interface Faq {
  readonly tips: string;
  readonly paper: string;
  readonly away: string;
  /** `until`: the setting that makes a question idle. */
  readonly questions: readonly { readonly question: string; readonly answer: string; readonly until?: "rabies_shown" }[];
}

const address = words(zh, en);

export default function FaqScreen() {
  const { data, problem, reload } = useTexts<Faq>(address());
  const { child_born_from, adult_dose_from, adult_age, grant_limit, cities } = settings;
  const said = { born: day(child_born_from), dose: day(adult_dose_from), age: adult_age, limit: grant_limit, cities: cities[language()] };
  return (
    <Screen title={service().faq}>
      {problem && <ErrorBox problem={problem} onRetry={reload} />}
      {!data && !problem && <Skeleton />}
      {data && (
        <>
          <Notice title={data.tips}>
            <p>{data.paper}</p>
            <p>{data.away}</p>
          </Notice>
          <div class="rows">
            {data.questions.map(
              ({ question, answer, until }) =>
                !(until && settings[until]) && (
                  <details key={question} class="question">
                    <summary>{question}</summary>
                    <p>{filled(answer, said)}</p>
                  </details>
                ),
            )}
          </div>
        </>
      )}
      <Hotline kind="plain" />
    </Screen>
  );
}
