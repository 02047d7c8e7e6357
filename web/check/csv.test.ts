// Bad input in names never becomes a formula of somebody's spreadsheet.
import { expect, test } from "vitest";
import { csv } from "./csv";

test("UTF-8 with its mark, quoted cells, CRLF", () => {
  expect(csv([["姓名", "a\"b"], ["1,2", "x\ny"]])).toBe('\ufeff"姓名","a""b"\r\n"1,2","x\ny"\r\n');
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－1", "＋1", "＠a"])("no formula: %s", (text) => {
  expect(csv([[text]])).toBe(`\ufeff"'${text}"\r\n`);
});
