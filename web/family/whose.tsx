/** Whose certificate a screen is about; a family has several. */
import { age } from "../shared/dates";
import { Tag } from "../shared/ui/parts";
import { words } from "../shared/words";
import { useCertificate } from "./overview";
import { service } from "./words";

const w = words({ authorized: "被授权使用" }, { authorized: "As authorised" });

export function Whose({ id }: { id: string | undefined }) {
  const found = useCertificate(id);
  if (!found) return null;
  const { certificate, mine } = found;
  return (
    <p class="whose">
      <strong>{certificate.name}</strong>
      <span class="quiet small">
        {certificate.kind === "child" ? service().child : service().adult} · {age(certificate.birth_date)}
      </span>
      {!mine && <Tag>{w().authorized}</Tag>}
    </p>
  );
}
