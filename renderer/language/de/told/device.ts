import type { Told } from '../../told.ts'

/** "14.2 ms against 11.6 ms a token written, 1.9 ms against 3.3 ms a token read" */
const compared = (figures: string): string =>
  decimals(figures)
    .replaceAll(' against ', ' gegen ')
    .replace('a token written', 'je geschriebenem Token')
    .replace('a token read', 'je gelesenem Token')

/** "2 threads kept awake 0.91 ms" */
const threads = (figures: string): string =>
  decimals(figures)
    .replaceAll(/(\d) threads?/g, (_, count: string) => `${count} ${count === '1' ? 'Thread' : 'Threads'}`)
    .replaceAll('kept awake', 'wach gehalten')

const decimals = (text: string): string => text.replaceAll(/(\d)\.(\d)/g, '$1,$2')

/** Why a model computes where and as it does. */
export const device: Told = {
  'CPU.': 'CPU.',
  'CPU: chosen by hand.': 'CPU: von Hand gewählt.',
  'CPU, though WebGPU was chosen by hand.': 'CPU, obwohl WebGPU von Hand gewählt ist.',
  'WebGPU: chosen by hand.': 'WebGPU: von Hand gewählt.',
  'WebGPU: no adapter found (no Vulkan driver is installed).':
    'WebGPU: keine Grafikkarte gefunden (es ist kein Vulkan-Treiber installiert).',
  'WebGPU: no adapter found.': 'WebGPU: keine Grafikkarte gefunden.',
  'WebGPU: it took the engine down with it when it was tried.':
    'WebGPU: Beim Versuch damit ist der Prozess mit dem Modell abgestürzt.',
  'WebGPU: an adapter was found, but it failed to compute.':
    'WebGPU: Es gibt eine Grafikkarte, aber sie konnte nicht rechnen.',
  'WebGPU: faster than the CPU here ({figures}).': ({ figures = '' }) =>
    `WebGPU: hier schneller als die CPU (${compared(figures)}).`,
  'WebGPU: slower here ({figures}).': ({ figures = '' }) => `WebGPU: hier langsamer (${compared(figures)}).`,

  'Chosen by measurement: {chosen}, {ms} ms a token ({others}).': ({ chosen = '', ms = '', others = '' }) =>
    `Gemessen und gewählt: ${threads(chosen)}, ${ms} ms je Token (${threads(others)}).`,
  'There is one core.': 'Es gibt einen Kern.',
  'Threads were not compared: too little memory is free.':
    'Threads wurden nicht verglichen: Es ist zu wenig Speicher frei.',
  'Threads were not compared: a second set of sessions found no room or no time.':
    'Threads wurden nicht verglichen: Dafür fehlte es an Speicher oder an Zeit.',

  'The model stores its weights in 4 bits; they run as they are.':
    'Das Modell speichert seine Gewichte mit 4 Bit; so wird auch damit gerechnet.',
  "8 bits rather than 4, which save only {share} % of a token's time here.":
    '8 Bit statt 4, denn 4 sparen hier nur {share}\u00a0% der Zeit eines Tokens.',
  '8 bits rather than 4, which save no time here.': '8 Bit statt 4, denn 4 sparen hier keine Zeit.',
}
