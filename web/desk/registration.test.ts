// Who is asked what at registration (R28): nobody asks a child or a man whether she is pregnant.
import { expect, test } from "vitest";
import { questionsFor } from "./registration";

const TODAY = "2026-11-29";

test.each([
  ["a child", { sex: "female" as const, birth_date: "2022-03-12" }, false],
  ["a girl on the day before she is twelve", { sex: "female" as const, birth_date: "2014-11-30" }, false],
  ["a girl of twelve", { sex: "female" as const, birth_date: "2014-11-29" }, true],
  ["a man", { sex: "male" as const, birth_date: "1960-01-01" }, false],
  ["somebody of whom nothing is known", undefined, true],
])("%s", (_, person, asked) => {
  const questions = questionsFor(person, TODAY);
  expect(questions.includes("pregnant")).toBe(asked);
  expect(questions).toContain("fever");
});
