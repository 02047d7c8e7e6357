/** Sounds of a verdict: two rising tones, one low, one even; beside colour, drawing and words. */
export type Tone = "good" | "bad" | "warn" | "info";

const NOTES: Readonly<Record<Tone, readonly (readonly [hertz: number, from: number, lasts: number])[]>> = {
  good: [[880, 0, 0.09], [1318, 0.1, 0.14]],
  warn: [[660, 0, 0.14], [660, 0.2, 0.14]],
  bad: [[196, 0, 0.22], [165, 0.24, 0.34]],
  info: [[740, 0, 0.07]],
};
let context: AudioContext | undefined;

/** Sounds once somebody has pressed a key or a button, as browsers want it; a scanner's keys count. */
export function sound(tone: Tone): void {
  try {
    // eslint-disable-next-line compat/compat -- Safari 12 has it prefixed: no sound there, and the screen says it all
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume();
    for (const [hertz, from, lasts] of NOTES[tone]) play(context, hertz, context.currentTime + from, lasts);
  } catch {
    // A PC without a sound card: the screen says it all.
  }
}

function play(on: AudioContext, hertz: number, at: number, lasts: number): void {
  const [tone, gain] = [on.createOscillator(), on.createGain()];
  tone.frequency.value = hertz;
  tone.type = hertz < 300 ? "square" : "sine";
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.linearRampToValueAtTime(hertz < 300 ? 0.12 : 0.3, at + 0.01);
  gain.gain.linearRampToValueAtTime(0.0001, at + lasts);
  tone.connect(gain).connect(on.destination);
  tone.start(at);
  tone.stop(at + lasts + 0.02);
}
