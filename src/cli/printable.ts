// Control characters, and those that change the direction of text: what an event says must not repaint a terminal.
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text from outside as one line that is safe on a terminal: what cannot be shown is written as `\u{..}`. */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
