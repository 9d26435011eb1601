import type { Words } from '../en/index.ts'

export const state: Words['state'] = {
  unforeseen: (message) => `Etwas Unvorhergesehenes ist schiefgegangen: ${message}`,
  connectionLost:
    'Die Verbindung zu Depthwise ist abgebrochen; nichts wurde gesendet. Es wird von selbst wieder versucht.',
  misread: (call) => `Die Antwort auf ${call} wurde nicht verstanden. Lade dieses Fenster neu.`,
}
