/** A ticket as it is printed, on a narrow roll or any paper; only the slip is, by the print style. */
import { moment } from "../shared/dates";
import { serviceNow } from "../shared/device/line";
import { w } from "./words";

export function Slip({ ticket, clinic, paper }: { ticket: string; clinic: string; paper: boolean }) {
  return (
    <div class="slip" aria-hidden="true">
      <p>{clinic}</p>
      <p>{paper ? w().paperSlip : w().slip}</p>
      <p class="slip-ticket">{ticket}</p>
      <p>{paper ? w().paperSlipNext : w().slipNext}</p>
      <p>{moment(new Date(serviceNow()).toISOString())}</p>
    </div>
  );
}
