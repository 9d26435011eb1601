import { formatsOf } from '../formats.ts'

export const formats = formatsOf('en')
export const { counted, exactPercent, fixed, moment, number, percent, plural, significant } = formats
