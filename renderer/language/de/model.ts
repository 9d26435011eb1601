import type { Words } from '../en/index.ts'

export const model: Words['model'] = {
  scope: 'Wählen für',
  forThis: 'Diese Unterhaltung',
  forAll: 'Die App',
  allNote: 'Antwortet in neuen Unterhaltungen und in allen, die kein eigenes Modell haben.',
  thisNote: 'Wird neben dem Modell der App geladen, sobald du etwas sendest.',
  asApp: (name) => (name === null ? 'Wie die App' : `Wie die App (${name})`),
  unloaded: (name) => `${name} · noch nicht geladen`,
  willLoad: 'Es wird geladen, sobald du etwas sendest.',
  loading: (name, share) => (share === null ? `${name} wird geladen …` : `${name} wird geladen … ${share}`),
  preparing: (name, share) => (share === null ? `${name} wird vorbereitet …` : `${name} wird vorbereitet … ${share}`),
  waits: (name) => `${name} wartet, bis ein anderes Modell seine Antworten beendet hat …`,
  gone: (name) => `Diese Unterhaltung soll ${name} beantworten, das nicht auf diesem Rechner ist.`,
  useApps: (name) => (name === null ? 'Das Modell der App nehmen' : `${name} nehmen`),
}
