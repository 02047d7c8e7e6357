/**
 * Routes that are agreed on and that docs/api/openapi.json does not have yet. A line goes when its route comes: what the
 * document says wins.
 */
import type { paths } from "./schema";

type Answers<B> = { responses: { 200: { headers: Record<string, unknown>; content: { "application/json": B } } } };
type Facts = Readonly<Record<string, unknown>>;

export interface Lacking {
  "/v1/appointments": { get: paths["/v1/certificates/{certificate_id}/appointments"]["get"] };
  "/v1/my-data": { get: Answers<Readonly<Record<string, readonly Facts[] | boolean>>> };
}
