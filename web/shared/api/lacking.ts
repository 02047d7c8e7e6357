/**
 * Routes that docs/design.md promises and docs/api/openapi.json does not have yet. A line goes when its route comes:
 * what the document says wins.
 */
type Response<B> = { 200: { headers: Record<string, unknown>; content: { "application/json": B } } };
type Nothing = { 204: { headers: Record<string, unknown>; content?: never } };
type Takes<B> = { content: { "application/json": B } };

export interface PlanDose {
  readonly vaccine_code: string;
  readonly vaccine: string;
  readonly vaccine_name: string;
  readonly vaccine_name_en?: string | null;
  readonly dose_no: number;
  readonly since: string;
  readonly recommended_before?: string | null;
  readonly until?: string | null;
  readonly note?: string | null;
}

export interface Plan {
  readonly as_of: string;
  readonly edition: string;
  readonly due: readonly PlanDose[];
  readonly missing: readonly PlanDose[];
  readonly next: { readonly date: string; readonly vaccines: readonly PlanDose[] } | null;
  readonly school_entry: { readonly complete: boolean; readonly missing: readonly PlanDose[] };
  readonly advice: string;
}

export interface OpenAppointment {
  readonly appointment_id: string;
  readonly certificate_id: string;
  readonly clinic_code: string;
  readonly clinic_name: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly booked_by: "claimant" | "delegate";
}

export interface Lacking {
  "/v1/sessions": {
    post: { requestBody: Takes<{ entry_code: string; nonce: string }>; responses: { 201: { headers: Record<string, unknown>; content: { "application/json": Opened } } } };
    delete: { responses: Nothing };
  };
  "/v1/appointments": { get: { responses: Response<{ appointments: readonly OpenAppointment[]; next_cursor: string | null }> } };
  "/v1/my-data": { get: { responses: Response<Record<string, unknown>> } };
  "/v1/certificates/{certificate_id}/plan": { get: { responses: Response<Plan> } };
  "/v1/certificates/{certificate_id}/delegation": { delete: { responses: Nothing } };
  "/v1/certificates/{certificate_id}/grants/{grant_id}": { patch: { requestBody: Takes<{ phone: string }>; responses: Response<Record<string, unknown>> } };
  "/v1/certificates/{certificate_id}/reminders": { put: { requestBody?: Takes<Record<string, unknown>>; responses: Response<{ reminder_id: string }> }; delete: { responses: Nothing } };
}

export interface Opened {
  readonly token: string;
  readonly expires_at: string;
  readonly name: string;
  readonly method: string;
  readonly channel: string;
}
