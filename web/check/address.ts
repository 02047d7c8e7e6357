/**
 * What the address carries behind #, which no browser sends to a server. It is taken out of the address at once: neither the history nor
 * whoever is shown the page, or sent its address, has it.
 */
export function takeFragment(): string | undefined {
  const carried = location.hash;
  if (location.href.indexOf("#") >= 0) history.replaceState(null, "", location.pathname + location.search);
  return carried.length > 1 ? carried : undefined;
}
