/** What a reader cannot see, or takes for something else: controls, marks of direction, zero widths, spaces that are not the space. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** Text with every hidden character written out as `\u{..}`: what somebody approves, they see. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** How many hidden characters there are. */
export function hiddenIn(text: string): number {
  return text.match(HIDDEN)?.length ?? 0;
}
