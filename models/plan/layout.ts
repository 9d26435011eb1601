/** Names of the files in the folder of a prepared model. */
export const PLAN_FILE = 'plan.json'
export const WEIGHTS_FILE = 'weights.bin'
export const CONSTANTS_FILE = 'constants.bin'
