// The board calls each call once, in its order, and speaks tickets so that they are understood.
import { expect, test } from "vitest";
import { newCalls, shownOf, spoken, type Ticket } from "./calls";

const ticket = (number: string, more: Partial<Ticket> = {}): Ticket => ({ visit_id: `v${number}`, ticket: number, state: "waiting_registration", station: "registration", since: "2026-08-24T09:00:00+08:00", ...more });
const called = (number: string, at: string, desk = "1号台"): Ticket => ticket(number, { called_at: `2026-08-24T09:${at}:00+08:00`, desk });

test("D21: who is called stands apart, the newest first; the others wait in the service's order", () => {
  const shown = shownOf([ticket("A003"), called("A001", "01"), called("A002", "02"), ticket("A004", { state: "waiting_vaccination" }), ticket("A000", { state: "done" })]);
  expect(shown.called.map((one) => one.ticket)).toEqual(["A002", "A001"]);
  expect(shown.registration.map((one) => one.ticket)).toEqual(["A003"]);
  expect(shown.vaccination.map((one) => one.ticket)).toEqual(["A004"]);
});

test("each call is new once; calling again is new; what stood when the board was switched on is not", () => {
  const first = newCalls([called("A001", "01")], undefined);
  expect(first.fresh).toEqual([]);
  const second = newCalls([called("A003", "03"), called("A002", "02"), called("A001", "01")], first.known);
  expect(second.fresh.map((one) => one.ticket)).toEqual(["A002", "A003"]);
  expect(newCalls([called("A001", "01")], second.known).fresh).toEqual([]);
  expect(newCalls([called("A001", "05")], second.known).fresh).toHaveLength(1);
});

test("a ticket is spoken digit by digit", () => {
  expect(spoken("A012")).toBe("A 零 一 二");
});
