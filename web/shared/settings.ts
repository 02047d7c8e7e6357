/** What this deployment says of itself: serve_pages writes it into the page, so that no text holds a limit or a city (D18). */
export interface Settings {
  /** Where the identity platform takes people in; pages go there with `nonce` and `return`. */
  readonly platform_entry_url: string;
  /** Where the platform takes who switches reminders on or off, with `reminder_id`, `action` and `return`; empty if it offers none. */
  readonly platform_reminder_url: string;
  readonly hotline: string;
  readonly cities: { readonly zh: string; readonly en: string };
  /** `YYYY-MM-DD` */
  readonly child_born_from: string;
  readonly adult_dose_from: string;
  readonly adult_age: number;
  readonly grant_limit: number;
  readonly verification_seconds: number;
  readonly observation_seconds: number;
  readonly rabies_shown: boolean;
  /** `aud` of device assertions. */
  readonly device_audience: string;
  /** The root key's id (RFC 7638), which the check page believes; empty where the first one seen counts. */
  readonly root_thumbprint: string;
}

const PLAIN: Settings = {
  platform_entry_url: "",
  platform_reminder_url: "",
  hotline: "400-101-6588",
  cities: { zh: "南通市和无锡市", en: "Nantong and Wuxi" },
  child_born_from: "2017-01-01",
  adult_dose_from: "2020-12-01",
  adult_age: 18,
  grant_limit: 10,
  verification_seconds: 900,
  observation_seconds: 1800,
  rabies_shown: false,
  device_audience: "",
  root_thumbprint: "",
};

function read(): Settings {
  const written = document.querySelector('meta[name="settings"]')?.getAttribute("content");
  try {
    return { ...PLAIN, ...(JSON.parse(written ?? "{}") as Partial<Settings>) };
  } catch {
    return PLAIN;
  }
}

export const settings: Settings = read();
