import { describe, expect, it } from "vitest";
import { setLanguage } from "../shared/words";
import { doseOf, runs, siteOf } from "./doses";
import { missing } from "./screens/reports";
import { onlyMissing } from "./screens/plan";

const dose = { vaccine_name: "乙肝疫苗", vaccine_name_en: "Hepatitis B", dose_no: 2 };

describe("doses", () => {
  it("are called by the service's names in both languages (D12)", () => {
    expect(doseOf(dose)).toBe("乙肝疫苗 第2剂");
    expect(siteOf("left_arm")).toBe("左上臂");
    expect(siteOf(null)).toBe("");
    setLanguage("en");
    expect(doseOf(dose)).toBe("Hepatitis B dose 2");
    expect(doseOf({ ...dose, vaccine_name_en: null })).toBe("乙肝疫苗 dose 2");
    setLanguage("zh");
  });

  it("stand in runs in the order in which they come", () => {
    expect(runs(["a1", "a2", "b1", "a3"], (one) => one.slice(0, 1))).toEqual([
      { key: "a", items: ["a1", "a2"] },
      { key: "b", items: ["b1"] },
      { key: "a", items: ["a3"] },
    ]);
  });

  it("that may be given today are told once, not once more as missing (D19)", () => {
    const one = (vaccine: string, dose_no: number) => ({ vaccine_code: "x", vaccine, vaccine_name: vaccine, dose_no, since: "2026-01-01" });
    const left = onlyMissing({ due: [one("A", 1)], missing: [one("A", 1), one("A", 2), one("B", 1)] });
    expect(left.map((each) => each.vaccine + String(each.dose_no))).toEqual(["A2", "B1"]);
  });
});

describe("a report (R34)", () => {
  it("names its dose only where it speaks of one", () => {
    expect(Object.keys(missing({ kind: "", dose: "", text: " " }))).toEqual(["kind", "text"]);
    expect(Object.keys(missing({ kind: "wrong_dose", dose: "", text: "x" }))).toEqual(["dose"]);
    expect(Object.keys(missing({ kind: "extra_dose", dose: "d", text: "x" }))).toEqual([]);
    expect(Object.keys(missing({ kind: "missing_dose", dose: "", text: "x" }))).toEqual([]);
  });
});
