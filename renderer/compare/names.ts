/** What a column is called: A, B, C, D. */
export const nameOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index)
