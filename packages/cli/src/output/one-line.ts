/** Text of several lines, as others' messages may be, in one. */
export const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
