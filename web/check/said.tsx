/** What the paper should say, in the order in which it is printed, so that one can hold both side by side. Every text is data here. */
import { Icon } from "../shared/ui/icon";
import { day } from "../shared/dates";
import type { Paper, Told } from "./paper";
import { issuedOn, missingOf } from "./told";
import { nameOf } from "./vaccines";
import { w } from "./words";

/** `doubtful`: it was withdrawn, or nobody knows it. What it says is shown all the same, since somebody has to ask about it. */
export function Said({ paper, doubtful }: { paper: Paper; doubtful: boolean }) {
  return (
    <section class={`card stack said${doubtful ? " said-doubtful" : ""}`} data-said>
      <div>
        <h2 class="card-title">{w().shouldSay}</h2>
        <p class="small quiet">{w().compare}</p>
      </div>
      <dl class="said-facts">
        <Fact name={w().name} value={paper.name} large />
        <Fact name={w().birthDate} value={paper.birthDate} large />
        <Fact name={w().kind} value={w()[paper.kind]} />
        <Fact name={w().asOf} value={paper.asOf} />
        <Fact name={w().issued} value={issuedOn(paper)} />
        <Fact name={w().edition} value={w().editionOf(paper.edition)} />
        <Fact name={w().number} value={paper.documentId} code />
      </dl>
      {paper.kind === "school_entry" ? <Entry paper={paper} /> : <Doses paper={paper} />}
      <p class="small quiet">{w().paper}</p>
    </section>
  );
}

function Fact({ name, value, large, code }: { name: string; value: string; large?: boolean; code?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={large ? "said-large" : code ? "said-code" : undefined}>{value}</dd>
    </div>
  );
}

function Entry({ paper }: { paper: Paper }) {
  const complete = paper.missing.length === 0;
  return (
    <>
      <div class={`entry entry-${complete ? "good" : "warn"}`} data-complete={complete ? "true" : "false"}>
        <Icon name={complete ? "good" : "warn"} size={32} />
        <strong>{complete ? w().complete : w().missing(paper.missing.length)}</strong>
      </div>
      {complete ? (
        <p>{w().completeText(day(issuedOn(paper)))}</p>
      ) : (
        <>
          <ul class="entry-list">
            {missingOf(paper.missing).map(([vaccine, doses]) => (
              <li key={vaccine}>
                <strong>{vaccine}</strong> {doses}
              </li>
            ))}
          </ul>
          <p>{w().missingText}</p>
        </>
      )}
      <p class="small quiet">{w().refuses}</p>
    </>
  );
}

function Doses({ paper }: { paper: Paper }) {
  if (paper.count === 0) return <strong>{w().noDoses}</strong>;
  return (
    <>
      <strong>{w().doses(paper.count)}</strong>
      {paper.doses ? <Table doses={paper.doses} /> : <p>{w().tooMany}</p>}
    </>
  );
}

function Table({ doses }: { doses: readonly Told[] }) {
  return (
    <table class="said-doses">
      <thead>
        <tr>
          {[w().vaccine, w().doseNo, w().date, w().origin].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {doses.map((dose, n) => (
          <tr key={n} class={dose.vaccine === doses[n - 1]?.vaccine ? undefined : "said-first"}>
            <td>{nameOf(dose.vaccine)}</td>
            <td>{dose.doseNo > 0 ? dose.doseNo : w().notKnown}</td>
            <td>
              {dose.date}
              {dose.batch && (
                <span class="said-batch quiet">
                  {w().batch} {dose.batch}
                </span>
              )}
            </td>
            <td>{w()[dose.origin]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
